import { FolderOpenOutlined, FolderOutlined, HomeOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Tree, type TreeDataNode } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { listFolders, type FileKind, type Resource } from '../../api/admin'

interface Props {
  kind: FileKind
  folder: number
  way: Resource[] // from the root to the folder
  onOpen: (id: number) => void
  without?: number // a folder that is not shown
}

// FolderTree shows the folders; what is in one is asked when it is opened.
export function FolderTree({ kind, folder, way, onOpen, without }: Props) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const [inside, setInside] = useState<Record<number, Resource[]>>({})
  const [open, setOpen] = useState<number[]>([0])

  async function load(id: number) {
    const list = await client.fetchQuery({ queryKey: ['/files', 'folders', kind, id], queryFn: () => listFolders(kind, id), staleTime: 2000 })
    setInside((now) => ({ ...now, [id]: list }))
  }
  const ids = [0, ...way.map((r) => r.id)]
  const trail = ids.join('/')
  useEffect(() => {
    setOpen((now) => [...new Set([...now, ...ids])])
    for (const id of ids) void load(id).catch(() => setInside((now) => ({ ...now, [id]: [] })))
    // The way is the same as long as its ids are.
  }, [trail, kind])
  useEffect(
    () =>
      client.getQueryCache().subscribe((e) => {
        // A folder was made, renamed or deleted: what is shown is asked anew.
        if (e.type === 'updated' && e.action.type === 'invalidate' && e.query.queryKey[0] === '/files' && e.query.queryKey[1] === 'folders') void load(e.query.queryKey[3] as number).catch(() => {})
      }),
    [client, kind],
  )

  const nodes = (list: Resource[] | undefined) => list?.filter((r) => r.id !== without).map(node)
  const node = (r: Resource): TreeDataNode => ({
    key: r.id,
    title: r.name,
    icon: open.includes(r.id) ? <FolderOpenOutlined /> : <FolderOutlined />,
    isLeaf: inside[r.id]?.length === 0,
    children: nodes(inside[r.id]),
  })
  const root: TreeDataNode = { key: 0, title: t(kind === 'UDF' ? 'udfs.archives' : 'nav.files'), icon: <HomeOutlined />, children: nodes(inside[0]) ?? [] }
  return (
    <Tree
      blockNode
      showIcon
      treeData={[root]}
      expandedKeys={open}
      selectedKeys={[folder]}
      onExpand={(keys) => setOpen(keys as number[])}
      loadData={(n) => load(n.key as number)}
      onSelect={(_, { node: n }) => onOpen(n.key as number)}
      aria-label={t('files.folders')}
    />
  )
}
