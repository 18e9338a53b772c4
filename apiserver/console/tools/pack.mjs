// Compresses the build and notes the digest of what it was made from, which a
// test compares with the sources: the build in the repository is never stale.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = ['index.html', 'openapi.json', 'package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts', 'public', 'src', 'tools/pack.mjs']

function files(path) {
  const full = join(root, path)
  try {
    return readdirSync(full, { withFileTypes: true }).flatMap((e) => files(join(path, e.name)))
  } catch {
    return [path]
  }
}

const hash = createHash('sha256')
for (const name of sources.flatMap(files).map((p) => p.replaceAll('\\', '/')).sort()) {
  hash.update(name + '\0')
  hash.update(createHash('sha256').update(readFileSync(join(root, name))).digest('hex') + '\n')
}

for (const name of files('dist')) {
  const full = join(root, name)
  const packed = gzipSync(readFileSync(full), { level: 9 })
  packed[9] = 255 // no operating system: the same bytes everywhere
  writeFileSync(full + '.gz', packed)
  rmSync(full)
}
writeFileSync(join(root, 'dist', 'digest.txt'), hash.digest('hex') + '\n')
console.log('packed', relative(process.cwd(), join(root, 'dist')))
