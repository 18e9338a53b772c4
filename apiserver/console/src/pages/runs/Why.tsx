import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { taskGroups } from '../../api/admin'
import { awaitedGroup, reasonText } from '../../run/reasons'
import { useNames } from '../../widgets/useNames'

// Why says a reason; a task group is told by its name, with the way to it.
export function Why({ reason }: { reason: string }) {
  const { t } = useTranslation()
  const group = awaitedGroup(reason)
  const nameOf = useNames(taskGroups.path, () => taskGroups.list({ limit: 1000 }), group !== null)
  if (group === null) return reasonText(reason, t)
  const name = nameOf(group)
  return <Link to={name.startsWith('#') ? '/task-groups' : `/task-groups?search=${encodeURIComponent(name)}`}>{reasonText(reason.replace(/\d+$/, () => name), t)}</Link>
}
