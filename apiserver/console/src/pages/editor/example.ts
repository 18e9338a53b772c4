import type { WorkflowDoc } from '../../model/document'

// example is something small to begin with: three tasks, one after another.
export function example(doc: WorkflowDoc, zh: boolean): WorkflowDoc {
  const [a, b, c] = zh ? ['准备', '处理', '汇报'] : ['prepare', 'process', 'report']
  return {
    ...doc,
    params: [...(doc.params ?? []), { name: 'day', value: '$[yyyy-MM-dd-1]' }],
    tasks: [
      { name: a!, kind: 'SHELL', params: { rawScript: 'echo "preparing ${day}"\n' } },
      { name: b!, kind: 'SHELL', needs: [a!], params: { rawScript: 'for i in 1 2 3; do\n  echo "part $i"\n  sleep 1\ndone\n' }, retry: { times: 2, interval: '30s' } },
      { name: c!, kind: 'SHELL', needs: [b!], params: { rawScript: 'echo "done with ${day}"\n' } },
    ],
  }
}
