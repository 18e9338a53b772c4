import { Result } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { useSession } from '../app/session'

// AdminOnly says to others that a page is not theirs. The server refuses them
// all the same.
export function AdminOnly({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const { me } = useSession()
  return me.admin ? children : <Result status="403" title={t('crud.adminOnly')} />
}
