import { ProfileOutlined } from '@ant-design/icons'
import { Flex, Form, Input, InputNumber, Progress, Switch, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import { projects, taskGroups, type TaskGroup, type TaskGroupInput } from '../../api/admin'
import { useSession } from '../../app/session'
import { Choose } from '../../widgets/Choose'
import { Crud } from '../../widgets/Crud'
import { useNames } from '../../widgets/useNames'
import { Slots } from './Slots'

// TaskGroupsPage bounds how many tasks run at once, and shows who holds a slot
// and who waits for one.
export function TaskGroupsPage() {
  const { t } = useTranslation()
  const { me } = useSession()
  const project = useNames('/projects', () => projects.list({ limit: 1000 }))
  return (
    <Crud<TaskGroup, TaskGroupInput>
      api={taskGroups}
      texts="taskGroups"
      icon={<ProfileOutlined />}
      nameOf={(row) => row.name}
      mayAdd={me.admin}
      mayEdit={() => me.admin}
      mayDelete={() => me.admin}
      refetch={10_000}
      expand={(row) => <Slots id={row.id} />}
      columns={[
        { title: t('common.name'), dataIndex: 'name', render: (name: string, row) => <NameOf name={name} closed={row.closed} /> },
        { title: t('frame.project'), dataIndex: 'projectId', render: (id: number) => (id ? project(id) : <span className="muted">{t('taskGroups.all')}</span>) },
        { title: t('common.description'), dataIndex: 'description', className: 'wide-text' },
        { title: t('taskGroups.slots'), key: 'slots', render: (_, row) => <Used used={row.used} size={row.size} /> },
      ]}
      values={(row) => (row ? { ...row, projectId: row.projectId || undefined } : { size: 10, closed: false })}
      input={(v: TaskGroupInput) => ({ ...v, projectId: v.projectId ?? 0 })}
      fields={() => (
        <>
          <Form.Item name="projectId" label={t('frame.project')} extra={t('taskGroups.projectHelp')}>
            <Choose allowClear api={projects} valueOf={(p) => p.id} labelOf={(p) => p.name} placeholder={t('taskGroups.all')} />
          </Form.Item>
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 100 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="description" label={t('common.description')}>
            <Input.TextArea autoSize={{ minRows: 1 }} />
          </Form.Item>
          <Form.Item name="size" label={t('taskGroups.size')} extra={t('taskGroups.sizeHelp')} rules={[{ required: true }]}>
            <InputNumber min={1} max={100_000} className="full" />
          </Form.Item>
          <Form.Item name="closed" label={t('taskGroups.closed')} extra={t('taskGroups.closedHelp')} valuePropName="checked">
            <Switch />
          </Form.Item>
        </>
      )}
    />
  )
}

function NameOf({ name, closed }: { name: string; closed: boolean }) {
  const { t } = useTranslation()
  return (
    <Flex gap={6} align="center">
      {name}
      {closed && <Tag color="warning">{t('taskGroups.closed')}</Tag>}
    </Flex>
  )
}

function Used({ used, size }: { used: number; size: number }) {
  const { t } = useTranslation()
  return (
    <Flex gap={8} align="center" className="used">
      <Progress percent={Math.min(100, (used / Math.max(size, 1)) * 100)} showInfo={false} status={used >= size ? 'exception' : 'normal'} size="small" aria-label={t('taskGroups.slots')} />
      <span>
        {used} / {size}
      </span>
    </Flex>
  )
}
