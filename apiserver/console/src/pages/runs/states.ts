// States of instances and task instances, as the lists offer them.

export const instanceStates = ['RUNNING', 'SUBMITTED', 'SERIAL_WAIT', 'PAUSING', 'PAUSED', 'STOPPING', 'STOPPED', 'FAILED', 'SUCCEEDED'] as const

const terminal = new Set(['PAUSED', 'STOPPED', 'KILLED', 'LOST', 'FAILED', 'SUCCEEDED', 'FORCED_SUCCESS'])

// over says that a state is not left by itself.
export const over = (state: string) => terminal.has(state)
