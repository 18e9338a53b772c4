import { CheckCircleFilled, ClockCircleFilled, CloseCircleFilled, PauseCircleFilled, SendOutlined, StopFilled, SyncOutlined, WarningFilled } from '@ant-design/icons'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { useTheme } from '../app/theme'

type Tone = 'good' | 'bad' | 'busy' | 'wait' | 'held' | 'odd'

const tones: Record<string, Tone> = {
  SUBMITTED: 'wait', SERIAL_WAIT: 'wait', DELAYED: 'wait', WAITING: 'wait', DISPATCHED: 'busy', RUNNING: 'busy',
  PAUSING: 'held', PAUSED: 'held', STOPPING: 'held', STOPPED: 'held', KILLED: 'held', SKIPPED: 'wait',
  LOST: 'odd', FAILED: 'bad', SUCCEEDED: 'good', FORCED_SUCCESS: 'good', DONE: 'good',
}

// Text colours have a contrast of 4.5 and more on their own background.
const light: Record<Tone, { text: string; back: string; line: string }> = {
  good: { text: '#22653a', back: '#e8f7ed', line: '#2f9e57' },
  bad: { text: '#a61b29', back: '#fdecee', line: '#e03545' },
  busy: { text: '#1756a9', back: '#e7f1fd', line: '#2f7de1' },
  wait: { text: '#4a5660', back: '#eef1f3', line: '#8c9aa5' },
  held: { text: '#8a5200', back: '#fdf3e0', line: '#e0992c' },
  odd: { text: '#6b3fa0', back: '#f3ecfb', line: '#9762d3' },
}
const dark: typeof light = {
  good: { text: '#7ad79b', back: '#12301e', line: '#3fae68' },
  bad: { text: '#ff9aa2', back: '#3a171b', line: '#e8505f' },
  busy: { text: '#8dc0ff', back: '#14283f', line: '#4a93ee' },
  wait: { text: '#b4c0c9', back: '#262c31', line: '#7c8a95' },
  held: { text: '#f3c277', back: '#352711', line: '#d99a3a' },
  odd: { text: '#cfadf5', back: '#2b1f3b', line: '#a377db' },
}

// stateColours gives text, background and line colour of a state of an
// instance or a task instance.
export function stateColours(state: string, isDark: boolean) {
  return (isDark ? dark : light)[tones[state] ?? 'wait']
}

// useStateColours is stateColours in the theme that is shown.
export function useStateColours() {
  const theme = useTheme()
  return (state: string) => stateColours(state, theme.dark)
}

const icons: Record<string, ReactNode> = {
  DISPATCHED: <SendOutlined />, LOST: <WarningFilled />, STOPPED: <StopFilled />, KILLED: <StopFilled />,
}
const byTone: Record<Tone, ReactNode> = {
  good: <CheckCircleFilled />, bad: <CloseCircleFilled />, busy: <SyncOutlined spin />, wait: <ClockCircleFilled />, held: <PauseCircleFilled />, odd: <WarningFilled />,
}

// stateIcon is the sign of a state: it is never told by colour alone.
export function stateIcon(state: string): ReactNode {
  return icons[state] ?? byTone[tones[state] ?? 'wait']
}

// StateTag shows the state of an instance or a task instance.
export function StateTag({ state, bare }: { state: string; bare?: boolean }) {
  const { t } = useTranslation()
  const c = useStateColours()(state)
  return (
    <span className={bare ? 'state state-bare' : 'state'} style={{ color: c.text, background: bare ? undefined : c.back }} data-state={state}>
      <span aria-hidden>{stateIcon(state)}</span> {t(`state.${state}`, { defaultValue: state })}
    </span>
  )
}
