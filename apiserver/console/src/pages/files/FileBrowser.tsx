import { FileAddOutlined, FolderAddOutlined, InboxOutlined, UploadOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Breadcrumb, Button, Flex, Input, Upload } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router'

import { foldersTo, type FileKind, type Resource } from '../../api/admin'
import { ErrorBox } from '../../widgets/ErrorBox'
import '../../widgets/crud.css'
import './files.css'
import { FileTable } from './FileTable'
import { FolderForm } from './FolderForm'
import { FolderTree } from './FolderTree'
import { UploadList } from './UploadList'
import { useUploads } from './uploads'

// FileBrowser shows a folder, and the tree it is in. Files that are dropped on
// it are uploaded there.
export function FileBrowser({ kind }: { kind: FileKind }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const { pathname } = useLocation()
  const go = useNavigate()
  const [address, setAddress] = useSearchParams()
  const folder = Number(address.get('folder') ?? 0)
  const search = address.get('search') ?? ''
  const way = useQuery({ queryKey: ['/files', 'way', folder], queryFn: () => foldersTo(folder) })
  const [making, setMaking] = useState(false)
  const [over, setOver] = useState(false)
  const forget = () => client.invalidateQueries({ queryKey: ['/files'] })
  const uploads = useUploads(kind, forget)
  const addressOf = (id: number) => `${pathname}${id ? `?folder=${id}` : ''}`

  return (
    <Flex vertical gap={16}>
      <ErrorBox error={way.error} onRetry={() => void way.refetch()} />
      <div className="files">
        <section className="panel files-tree" aria-label={t('files.folders')}>
          <FolderTree kind={kind} folder={folder} way={way.data ?? []} onOpen={(id) => void go(addressOf(id))} />
        </section>
        <section
          className={over ? 'panel drop drop-over' : 'panel drop'}
          onDragOver={(e) => {
            if (!e.dataTransfer.types.includes('Files')) return
            e.preventDefault()
            setOver(true)
          }}
          onDragLeave={(e) => {
            if (!e.currentTarget.contains(e.relatedTarget as Node | null)) setOver(false)
          }}
          onDrop={(e) => {
            e.preventDefault()
            setOver(false)
            uploads.add([...e.dataTransfer.files], folder)
          }}
        >
          {over && (
            <div className="drop-hint" aria-hidden>
              <InboxOutlined /> {t('files.drop')}
            </div>
          )}
          <Flex justify="space-between" wrap gap={8} className="crud-tools" align="center">
            <Way way={way.data ?? []} addressOf={addressOf} root={t(kind === 'UDF' ? 'udfs.archives' : 'nav.files')} />
            <Flex gap={8} wrap>
              <Input.Search
                key={search}
                allowClear
                className="search"
                defaultValue={search}
                placeholder={t('files.search')}
                aria-label={t('files.search')}
                onSearch={(text) =>
                  setAddress((now) => {
                    if (text.trim()) now.set('search', text.trim())
                    else now.delete('search')
                    return now
                  })
                }
              />
              <Button icon={<FolderAddOutlined />} onClick={() => setMaking(true)}>
                {t('files.newFolder')}
              </Button>
              {kind === 'FILE' && (
                <Button icon={<FileAddOutlined />} onClick={() => void go(`/files/new?folder=${folder}`)}>
                  {t('files.newFile')}
                </Button>
              )}
              <Upload
                multiple
                showUploadList={false}
                accept={kind === 'UDF' ? '.jar' : undefined}
                beforeUpload={(file) => {
                  uploads.add([file], folder)
                  return false
                }}
              >
                <Button type="primary" icon={<UploadOutlined />}>
                  {t('files.upload')}
                </Button>
              </Upload>
            </Flex>
          </Flex>
          <FileTable kind={kind} folder={folder} search={search} addressOf={addressOf} onChanged={forget} />
        </section>
      </div>
      {making && <FolderForm kind={kind} folder={folder} onClose={() => setMaking(false)} onSaved={forget} />}
      <UploadList uploads={uploads} />
    </Flex>
  )
}

function Way({ way, root, addressOf }: { way: Resource[]; root: string; addressOf: (id: number) => string }) {
  const steps = [{ id: 0, name: root }, ...way]
  return <Breadcrumb items={steps.map((s, i) => ({ key: s.id, title: i === steps.length - 1 ? <strong>{s.name}</strong> : <Link to={addressOf(s.id)}>{s.name}</Link> }))} />
}
