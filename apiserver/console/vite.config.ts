import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// What a page needs first comes in chunks that change rarely, so that a new
// version of the console is a small download.
const vendors: Record<string, RegExp> = {
  charts: /node_modules\/(echarts|zrender)\//,
  editor: /node_modules\/(@codemirror|@lezer|codemirror|style-mod|w3c-keyname|crelt)\//,
  graph: /node_modules\/(@xyflow|@dagrejs|d3-[a-z]+)\//,
}

export default defineConfig({
  base: '/ui/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Nothing is inlined: the page's policy allows no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    rollupOptions: {
      output: {
        manualChunks(id: string) {
          for (const [name, pattern] of Object.entries(vendors)) if (pattern.test(id)) return name
          return id.includes('node_modules') ? 'vendor' : undefined
        },
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:12345' } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
