import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useParams, useSearchParams } from 'react-router'

import { taskInstance } from '../../api/runs'
import { reasonText } from '../../run/reasons'
import { ErrorBox } from '../../widgets/ErrorBox'
import { Page } from '../../widgets/Page'
import { StateTag } from '../../widgets/StateTag'
import { useProject } from '../../widgets/useProject'
import { LogView } from './LogView'
import { over } from './states'
import './runs.css'

// LogPage is the log of one attempt.
export function LogPage() {
  const { t } = useTranslation()
  const { base, name } = useProject()
  const { task = '' } = useParams()
  const [address, setAddress] = useSearchParams()
  const query = useQuery({
    queryKey: ['task', name, task],
    queryFn: () => taskInstance(name, task),
    refetchInterval: (q) => (q.state.data && over(q.state.data.state) ? false : 3000),
  })
  const of = query.data
  const at = Number(address.get('at') ?? NaN)
  return (
    <Page
      full
      title={of ? t('log.of', { task: of.task, attempt: of.attempt }) : t('log.title')}
      extra={of && <StateTag state={of.state} />}
      about={of?.reason && reasonText(of.reason, t)}
      trail={[
        { title: name, to: `${base}/workflows` },
        { title: t('nav.instances'), to: `${base}/instances` },
        ...(of ? [{ title: of.instanceName || `#${of.instanceId}`, to: `${base}/instances/${of.instanceId}?task=${encodeURIComponent(of.task)}` }] : []),
      ]}
    >
      <ErrorBox error={query.error} onRetry={() => void query.refetch()} />
      <div className="log-page">
        <LogView
          key={task}
          project={name}
          task={task}
          at={Number.isSafeInteger(at) && at >= 0 ? at : null}
          address={(place) => `?at=${place}`}
          onLink={(place) => setAddress({ at: String(place) }, { replace: true })}
        />
      </div>
    </Page>
  )
}
