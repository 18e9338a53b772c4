import { TeamOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Flex, Select, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { users, type User } from '../../api/admin'
import { members, removeMember, setMember, type Member } from '../../api/runs'
import { Choose } from '../../widgets/Choose'
import { DeleteButton } from '../../widgets/Crud'
import '../../widgets/crud.css'
import './members.css'
import { ErrorBox, problemText } from '../../widgets/ErrorBox'
import { ListTable } from '../../widgets/ListTable'
import { Page } from '../../widgets/Page'
import { useProject, type Role } from '../../widgets/useProject'

const roles: Role[] = ['VIEWER', 'OPERATOR', 'DEVELOPER', 'ADMIN']

// MembersPage says who may do what in a project.
export function MembersPage() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const { name, base, project, can } = useProject()
  const client = useQueryClient()
  const [adding, setAdding] = useState<number[]>([])
  const [role, setRole] = useState<Role>('VIEWER')
  const [refusal, setRefusal] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const key = ['members', name]
  const query = useQuery({ queryKey: key, queryFn: () => members(name) })
  const may = can('ADMIN')

  async function change(user: number, to: Role) {
    try {
      await setMember(name, user, to)
      void message.success(t('crud.saved'))
    } catch (e) {
      void message.error(problemText(e, t))
    }
    await client.invalidateQueries({ queryKey: key })
  }
  async function add() {
    setBusy(true)
    setRefusal(null)
    try {
      for (const user of adding) await setMember(name, user, role)
      setAdding([])
      void message.success(t('crud.saved'))
    } catch (e) {
      setRefusal(e)
    }
    setBusy(false)
    await client.invalidateQueries({ queryKey: key })
  }
  const removing = (name: string) => ({ verb: t('projects.remove'), ask: t('projects.removeAsk', { name }), done: t('projects.removed', { name }) })
  const options = roles.map((r) => ({ value: r, label: t(`roles.${r}`), title: t(`roles.may.${r}`) }))
  return (
    <Page title={t('nav.members')} icon={<TeamOutlined />} about={t('projects.membersAbout')} trail={[{ title: name, to: `${base}` }]}>
      <div className="panel">
        <ErrorBox error={query.error ?? refusal} onRetry={query.error ? () => void query.refetch() : undefined} />
        {may && (
          <Flex gap={8} wrap className="crud-tools">
            <Choose<User>
              mode="multiple"
              api={users}
              valueOf={(u) => u.id}
              labelOf={(u) => u.name}
              keep={(u) => !query.data?.items.some((m) => m.userId === u.id)}
              value={adding}
              onChange={(v) => setAdding(v as number[])}
              placeholder={t('projects.chooseUsers')}
              aria-label={t('projects.chooseUsers')}
              className="members-choose"
            />
            <Select value={role} options={options} onChange={setRole} aria-label={t('projects.role')} className="filter" />
            <Button type="primary" disabled={adding.length === 0} loading={busy} onClick={() => void add()}>
              {t('projects.addMember')}
            </Button>
          </Flex>
        )}
        <ListTable<Member>
          rowKey="userId"
          loading={query.isPending}
          dataSource={query.data?.items}
          none={t('projects.noMembers')}
          columns={[
            { title: t('runs.user'), dataIndex: 'userName', render: (n: string, m) => (m.userId === project?.ownerId ? `${n} (${t('common.owner')})` : n) },
            {
              title: t('projects.role'),
              dataIndex: 'role',
              render: (r: Role, m) => (may && m.userId !== project?.ownerId ? <Select value={r} options={options} className="filter" aria-label={`${t('projects.role')}: ${m.userName}`} onChange={(to) => void change(m.userId, to)} /> : t(`roles.${r}`)),
            },
            { title: t('projects.mayDo'), key: 'may', render: (_, m) => <span className="muted">{t(`roles.may.${m.role}`)}</span> },
            {
              title: <span className="unseen">{t('crud.actions')}</span>,
              key: 'actions',
              align: 'end',
              render: (_, m) =>
                may &&
                m.userId !== project?.ownerId && <DeleteButton name={m.userName} words={removing(m.userName)} about={t('projects.removeAbout')} remove={() => removeMember(name, m.userId)} onDone={() => client.invalidateQueries({ queryKey: key })} />,
            },
          ]}
        />
        <Typography.Paragraph type="secondary" className="members-note">
          {t('projects.adminsNote')}
        </Typography.Paragraph>
      </div>
    </Page>
  )
}
