import { FolderOpenOutlined, FolderOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Tree, type TreeDataNode } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { listFolders } from '../../api/workflows'

// tree puts folders like sales/daily below each other and counts what is in
// and below them.
export function tree(folders: { folder: string; workflows: number }[]): TreeDataNode[] {
  interface Node {
    key: string
    name: string
    count: number
    children: Map<string, Node>
  }
  const root: Node = { key: '', name: '', count: 0, children: new Map() }
  for (const f of folders) {
    let at = root
    for (const step of f.folder.split('/').filter(Boolean)) {
      const key = at.key ? `${at.key}/${step}` : step
      let next = at.children.get(step)
      if (!next) {
        next = { key, name: step, count: 0, children: new Map() }
        at.children.set(step, next)
      }
      next.count += f.workflows
      at = next
    }
  }
  const nodes = (n: Node): TreeDataNode[] => [...n.children.values()].sort((a, b) => a.name.localeCompare(b.name)).map((c) => ({ key: c.key, title: `${c.name} (${c.count})`, children: nodes(c) }))
  return nodes(root)
}

// useFolders lists the folders of a project.
export function useFolders(project: string) {
  return useQuery({ queryKey: ['workflows', project, 'folders'], queryFn: () => listFolders(project), staleTime: 10_000 })
}

// FolderTree chooses a folder; an empty one means all.
export function FolderTree({ project, value, onChange }: { project: string; value: string; onChange: (folder: string) => void }) {
  const { t } = useTranslation()
  const folders = useFolders(project)
  const items = useMemo(() => folders.data?.items ?? [], [folders.data])
  const nodes = useMemo(() => tree(items), [items])
  const count = items.reduce((sum, f) => sum + f.workflows, 0)
  if (nodes.length === 0) return null
  return (
    <nav className="folders" aria-label={t('workflows.folders')}>
      <Tree.DirectoryTree
        defaultExpandAll
        expandAction="doubleClick"
        selectedKeys={[value ? `/${value}` : '/']}
        icon={({ expanded }: { expanded?: boolean }) => (expanded ? <FolderOpenOutlined /> : <FolderOutlined />)}
        treeData={[{ key: '/', title: `${t('workflows.allFolders')} (${count})`, children: prefixed(nodes) }]}
        onSelect={(keys) => onChange(String(keys[0] ?? '/').slice(1))}
      />
    </nav>
  )
}

function prefixed(nodes: TreeDataNode[]): TreeDataNode[] {
  return nodes.map((n) => ({ ...n, key: `/${String(n.key)}`, children: n.children && prefixed(n.children) }))
}
