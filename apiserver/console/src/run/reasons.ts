// The scheduler says in English why something waits or ended; its readers have
// a language of their own. A sentence that is not known here stays as it is.

const known: [RegExp, string][] = [
  [/^task (?<task>.+) failed: (?<rest>.+)$/s, 'taskFailed'],
  [/^exit status (?<code>\d+)$/, 'exit'],
  [/^timed out after (?<time>.+)$/, 'timedOut'],
  [/^killed(?: on request)?$/, 'killed'],
  [/^declared done by a user$/, 'declared'],
  [/^waits for a worker of (?:the )?group (?<group>.+): none is connected$/, 'noWorker'],
  [/^waits for a free slot in group (?<group>.+): all (?<slots>\d+) slots? of (?<workers>\d+) workers? are taken$/, 'noSlot'],
  [/^waits for a slot of task group (?<group>.+)$/, 'taskGroup'],
  [/^waits for a worker of the group (?<group>.+)$/, 'worker'],
  [/^waits for earlier instances of its workflow$/, 'earlier'],
  [/^waits for instance (?<id>\d+) of its workflow$/, 'instance'],
  [/^waits for running tasks$/, 'runningTasks'],
  [/^waits for killed tasks$/, 'killedTasks'],
  [/^waits for a decision about the lost attempt of task (?<task>.+)$/, 'decision'],
  [/^a dependency failed; waits for its rerun until (?<time>.+)$/, 'dependency'],
  [/^is on its way to worker (?<worker>.+)$/, 'onItsWay'],
  [/^worker (?<worker>.+) was out of reach for (?<time>.+)$/, 'outOfReach'],
  [/^worker (?<worker>.+) came back without it$/, 'cameBack'],
  [/^discarded: another instance of the workflow had not ended$/, 'discarded'],
  [/^waits for (?<tasks>.+)$/, 'tasks'],
]

type Translate = (key: string, values: Record<string, string>) => string

// reasonText says a reason in the reader's language.
export function reasonText(reason: string, t: Translate): string {
  for (const [pattern, key] of known) {
    const found = pattern.exec(reason)
    if (!found) continue
    const values = { ...found.groups }
    if (values.rest) values.rest = reasonText(values.rest, t)
    return t(`reasons.${key}`, values)
  }
  return reason
}

// awaitedGroup is the task group that a task waits for, by its reason.
export function awaitedGroup(reason: string): number | null {
  const found = /^waits for a slot of task group (\d+)$/.exec(reason)
  return found ? Number(found[1]) : null
}

export const reasonKeys = known.map(([, key]) => key)
