import { PartitionOutlined, ProjectOutlined, SearchOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Input, Modal } from 'antd'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { findWorkflows } from '../api/admin'
import { api, data } from '../api/client'
import { accountPages } from '../pages/account/routes'
import { nav } from '../pages'
import { addressOf, projectBase, reachable } from './nav'
import { rank } from './rank'
import { useSession } from './session'

interface Goal {
  key: string
  icon: ReactNode
  name: string
  about: string
  to: string
}

// usePages gives the pages that may be jumped to, in a person's words.
function usePages(project: string): { goal: Goal; words: string }[] {
  const { t } = useTranslation()
  const { me } = useSession()
  return useMemo(() => {
    return reachable([...nav, ...accountPages], me.admin, project).map((n) => ({
      goal: { key: `${n.group}${n.to}`, icon: n.icon, name: t(n.label), about: n.group === 'project' ? project : t('shell.page'), to: addressOf(n, project) },
      words: `${n.to} ${n.words ?? ''}`,
    }))
  }, [me.admin, project, t])
}

// useNamed finds projects, and workflows of the current one, by name.
function useNamed(text: string, project: string): Goal[] {
  const { t } = useTranslation()
  const projects = useQuery({
    queryKey: ['projects', 'jump', text],
    queryFn: () => data(api.GET('/projects', { params: { query: { search: text, limit: 8 } } })),
    enabled: text !== '',
    placeholderData: keepPreviousData,
  })
  const workflows = useQuery({
    queryKey: ['workflows', 'jump', project, text],
    queryFn: () => findWorkflows(project, text),
    enabled: text !== '' && project !== '',
    placeholderData: keepPreviousData,
  })
  if (text === '') return []
  return [
    ...(workflows.data?.items ?? []).map((w) => ({
      key: `w${w.id}`, icon: <PartitionOutlined />, name: w.name, about: `${t('shell.workflow')} · ${project}`, to: `${projectBase(project)}/workflows/${w.id}`,
    })),
    ...(projects.data?.items ?? []).map((p) => ({
      key: `p${p.id}`, icon: <ProjectOutlined />, name: p.name, about: t('frame.project'), to: `${projectBase(p.name)}/workflows`,
    })),
  ]
}

// CommandPalette jumps to pages, workflows and projects by their names.
export function CommandPalette({ project, onClose }: { project: string; onClose: () => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const id = useId()
  const [text, setText] = useState('')
  const [asked, setAsked] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 150)
    return () => clearTimeout(timer)
  }, [text])
  const pages = usePages(project)
  const named = useNamed(asked, project)
  const found = [...rank(text, pages, (p) => `${p.goal.name} ${p.words}`).map((p) => p.goal), ...(text.trim() ? named : [])]
  const current = Math.min(at, Math.max(found.length - 1, 0))
  useEffect(() => list.current?.children[current]?.scrollIntoView({ block: 'nearest' }), [current])

  function go(goal: Goal | undefined) {
    if (!goal) return
    onClose()
    void navigate(goal.to)
  }
  function press(e: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
    if (step) {
      e.preventDefault()
      setAt((current + step + found.length) % Math.max(found.length, 1))
    }
    if (e.key === 'Enter' && !e.nativeEvent.isComposing) go(found[current])
  }
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} className="palette" style={{ top: 96 }} aria-label={t('shell.jump')}>
      <Input
        autoFocus
        size="large"
        variant="borderless"
        prefix={<SearchOutlined />}
        placeholder={t('shell.jumpTo')}
        aria-label={t('shell.jumpTo')}
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
        value={text}
        onChange={(e) => {
          setText(e.target.value)
          setAt(0)
        }}
        onKeyDown={press}
      />
      <ul id={id} role="listbox" aria-label={t('shell.jump')} ref={list} className="palette-list">
        {found.map((g, i) => (
          <li key={g.key} id={`${id}-${i}`} role="option" aria-selected={i === current} onMouseMove={() => setAt(i)} onClick={() => go(g)}>
            <span aria-hidden>{g.icon}</span>
            <span className="palette-name">{g.name}</span>
            <span className="muted">{g.about}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="muted palette-none">{t('shell.nothing')}</p>}
    </Modal>
  )
}
