import type { Syntax } from '../../widgets/CodeEditor'

const byEnd: Record<string, Syntax> = { sh: 'shell', bash: 'shell', py: 'python', sql: 'sql', hql: 'sql', json: 'json', yaml: 'yaml', yml: 'yaml' }

// syntaxOf guesses a file's language by its name.
export function syntaxOf(name: string): Syntax {
  return byEnd[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'text'
}
