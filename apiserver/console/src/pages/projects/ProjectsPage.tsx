import { ProjectOutlined, TeamOutlined } from '@ant-design/icons'
import { Button, Form, Input, Tag, Tooltip } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { collection } from '../../api/call'
import type { Schemas } from '../../api/client'
import { useSession } from '../../app/session'
import { Crud } from '../../widgets/Crud'
import { TimeText } from '../../widgets/TimeText'
import type { Role } from '../../widgets/useProject'

type Project = Schemas['Project'] & { role?: Role }
const projects = collection<Project, Schemas['ProjectInput']>('/projects')

// ProjectsPage lists the projects that one may see.
export function ProjectsPage() {
  const { t, i18n } = useTranslation()
  const { me } = useSession()
  const navigate = useNavigate()
  const base = (p: Project) => `/projects/${encodeURIComponent(p.name)}`
  const may = (p: Project) => me.admin || p.role === 'ADMIN'
  return (
    <Crud<Project, Schemas['ProjectInput']>
      api={projects}
      texts="projects"
      icon={<ProjectOutlined />}
      nameOf={(p) => p.name}
      mayEdit={may}
      mayDelete={may}
      deleteAbout={(p) => (p.workflows > 0 ? t('projects.notEmpty', { count: p.workflows }) : t('projects.deleteAbout'))}
      saved={(p, made) => made && void navigate(`${base(p)}/workflows`)}
      columns={[
        {
          title: t('common.name'),
          dataIndex: 'name',
          render: (name: string, p) => (
            <>
              <Link to={base(p)}>
                <strong>{name}</strong>
              </Link>
              {p.description && <div className="muted wide-text">{p.description}</div>}
            </>
          ),
        },
        { title: t('common.owner'), dataIndex: 'owner' },
        { title: t('projects.role'), dataIndex: 'role', render: (role?: Role) => role && <Tag>{t(`roles.${role}`)}</Tag> },
        { title: t('project.workflows'), dataIndex: 'workflows', align: 'end', render: (n: number, p) => <Link to={`${base(p)}/workflows`}>{n.toLocaleString(i18n.language)}</Link> },
        { title: t('project.running'), dataIndex: 'running', align: 'end', render: (n: number, p) => (n > 0 ? <Link to={`${base(p)}/instances?state=RUNNING`}>{n.toLocaleString(i18n.language)}</Link> : 0) },
        { title: t('common.created'), dataIndex: 'created', render: (at: string | null) => <TimeText at={at} seconds={false} /> },
      ]}
      rowActions={(p) => (
        <Tooltip title={t('nav.members')}>
          <Link to={`${base(p)}/members`}>
            <Button type="text" size="small" icon={<TeamOutlined />} aria-label={`${t('nav.members')} ${p.name}`} tabIndex={-1} />
          </Link>
        </Tooltip>
      )}
      fields={() => (
        <>
          <Form.Item name="name" label={t('common.name')} rules={[{ required: true }, { max: 100 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="description" label={t('common.description')}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} />
          </Form.Item>
        </>
      )}
      input={(v: Schemas['ProjectInput']) => ({ name: v.name, description: v.description ?? '' })}
    />
  )
}
