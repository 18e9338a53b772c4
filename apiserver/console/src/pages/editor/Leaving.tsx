import { Button, Flex, Modal } from 'antd'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useBlocker } from 'react-router'

interface Props {
  dirty: boolean
  going: { readonly current: boolean } // to where the editor itself leads
  busy: boolean
  // onSave says whether one may go: it is saved, and the page is not another one now.
  onSave: () => Promise<boolean>
}

// Leaving asks whoever leaves the editor what becomes of unsaved changes.
export function Leaving({ dirty, going, busy, onSave }: Props) {
  const { t } = useTranslation()
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && !going.current && currentLocation.pathname !== nextLocation.pathname)
  useEffect(() => {
    if (!dirty) return
    const ask = (e: BeforeUnloadEvent) => e.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [dirty])
  if (blocker.state !== 'blocked') return null
  return (
    <Modal
      open
      title={t('editor.leave.title')}
      onCancel={() => blocker.reset()}
      footer={
        <Flex gap={8} justify="end" wrap>
          <Button onClick={() => blocker.reset()}>{t('editor.leave.stay')}</Button>
          <Button danger onClick={() => blocker.proceed()}>{t('editor.leave.drop')}</Button>
          <Button type="primary" loading={busy} onClick={() => void onSave().then((may) => (may ? blocker.proceed() : blocker.reset()))}>{t('editor.leave.save')}</Button>
        </Flex>
      }
    >
      {t('editor.leave.about')}
    </Modal>
  )
}
