import { useQuery } from '@tanstack/react-query'
import { Empty, Flex, Skeleton, Tooltip } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { history } from '../../api/runs'
import { ErrorBox } from '../../widgets/ErrorBox'
import { stateIcon, useStateColours } from '../../widgets/StateTag'
import { durationText, timeText } from '../../widgets/TimeText'

interface Props {
  project: string
  base: string
  workflow: number
  marked?: number // the instance that is shown
}

const barHeight = 56

// HistoryGrid shows how the last runs of a workflow went, task by task; the
// bars above are how long each took.
export function HistoryGrid({ project, base, workflow, marked }: Props) {
  const { t } = useTranslation()
  const colours = useStateColours()
  const query = useQuery({ queryKey: ['history', project, String(workflow)], queryFn: () => history(project, workflow, 30), refetchInterval: 10_000 })
  if (query.error) return <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton active />
  const { tasks } = query.data
  const runs = [...query.data.runs].reverse() // the newest at the right
  if (runs.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('runs.noRuns')} />
  const longest = Math.max(1, ...runs.map((r) => r.durationMs ?? 0))
  const word = (s: string) => t(`state.${s}`, { defaultValue: s })
  return (
    <div className="grid-scroll" tabIndex={0} role="region" aria-label={t('runs.history')}>
      <table className="grid">
        <caption className="unseen">{t('runs.history')}</caption>
        <thead>
          <tr>
            <th scope="col" className="grid-corner">
              <Flex vertical justify="space-between" align="end" style={{ height: barHeight }} className="muted">
                <span>{durationText(longest)}</span>
                <span>0</span>
              </Flex>
            </th>
            {runs.map((r) => (
              <th key={r.id} scope="col" className={r.id === marked ? 'grid-marked' : ''}>
                <Tooltip title={`#${r.id} · ${word(r.state)} · ${timeText(r.started)} · ${durationText(r.durationMs)}`}>
                  <Link to={`${base}/instances/${r.id}`} className="grid-bar" style={{ height: barHeight }} aria-label={`${t('runs.run')} ${r.id}: ${word(r.state)}, ${timeText(r.started)}, ${durationText(r.durationMs)}`}>
                    <span style={{ height: Math.max(3, ((r.durationMs ?? 0) / longest) * barHeight), background: colours(r.state).line }} />
                  </Link>
                </Tooltip>
              </th>
            ))}
          </tr>
          <tr>
            <th scope="row" className="grid-name">
              {t('runs.whole')}
            </th>
            {runs.map((r) => (
              <td key={r.id} className={r.id === marked ? 'grid-marked' : ''}>
                <Cell state={r.state} words={`${t('runs.whole')} · ${word(r.state)}`} to={`${base}/instances/${r.id}`} round />
              </td>
            ))}
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <tr key={task}>
              <th scope="row" className="grid-name" title={task}>
                {task}
              </th>
              {runs.map((r) => {
                const cell = r.cells[task]
                return (
                  <td key={r.id} className={r.id === marked ? 'grid-marked' : ''}>
                    {cell && <Cell state={cell.state} words={`${task} · ${word(cell.state)} · ${durationText(cell.durationMs)} · ${timeText(r.started)}`} to={`${base}/instances/${r.id}?task=${encodeURIComponent(task)}`} />}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell({ state, words, to, round }: { state: string; words: string; to: string; round?: boolean }) {
  const c = useStateColours()(state)
  return (
    <Tooltip title={words} mouseEnterDelay={0.2}>
      <Link to={to} className={round ? 'grid-cell grid-round' : 'grid-cell'} style={{ background: c.back, color: c.text, borderColor: c.line }} aria-label={words} data-state={state}>
        {stateIcon(state)}
      </Link>
    </Tooltip>
  )
}
