import { Form, Input, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import { alertChannels, alertGroups, users, type AlertGroup, type AlertGroupInput } from '../../api/admin'
import { useSession } from '../../app/session'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { useNames } from '../../widgets/useNames'

// Groups are who and what hears of alerts.
export function Groups() {
  const { t } = useTranslation()
  const { me } = useSession()
  const user = useNames('/users', () => users.list({ limit: 1000 }))
  const channel = useNames('/alert-channels', () => alertChannels.list({ limit: 1000 }), me.admin)
  const tags = (ids: number[], name: (id: number) => string) => (ids?.length ? ids.map((id) => <Tag key={id}>{name(id)}</Tag>) : <span className="muted">–</span>)
  return (
    <Crud<AlertGroup, AlertGroupInput>
      bare
      api={alertGroups}
      texts="alertGroups"
      nameOf={(row) => row.name}
      mayAdd={me.admin}
      mayEdit={() => me.admin}
      mayDelete={() => me.admin}
      columns={[
        { title: t('common.name'), dataIndex: 'name' },
        { title: t('common.description'), dataIndex: 'description', className: 'wide-text' },
        { title: t('users.title'), dataIndex: 'userIds', render: (ids: number[]) => tags(ids, user) },
        { title: t('alertChannels.title'), dataIndex: 'channelIds', render: (ids: number[]) => tags(ids, channel), hidden: !me.admin },
      ]}
      values={(row) => row ?? { userIds: [], channelIds: [], type: 'EMAIL' }}
      input={(v: AlertGroupInput, row) => ({ ...v, type: v.type ?? row?.type ?? 'EMAIL', description: v.description ?? '' })}
      fields={() => (
        <>
          <Form.Item name="type" hidden noStyle />
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 100 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="description" label={t('common.description')}>
            <Input.TextArea autoSize={{ minRows: 1 }} />
          </Form.Item>
          <Form.Item name="userIds" label={t('users.title')} extra={t('alertGroups.usersHelp')}>
            <Choose mode="multiple" api={users} valueOf={(u) => u.id} labelOf={(u) => u.name} />
          </Form.Item>
          <Form.Item name="channelIds" label={t('alertChannels.title')} extra={t('alertGroups.channelsHelp')}>
            <Choose mode="multiple" api={alertChannels} valueOf={(c) => c.id} labelOf={(c) => c.name} />
          </Form.Item>
        </>
      )}
    />
  )
}
