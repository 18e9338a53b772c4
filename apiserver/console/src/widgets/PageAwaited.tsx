import { Skeleton } from 'antd'
import type { ComponentProps } from 'react'

import { ErrorBox } from './ErrorBox'
import { Page } from './Page'

interface Props extends Pick<ComponentProps<typeof Page>, 'title' | 'trail'> {
  query: { error: unknown; refetch: () => unknown }
}

// PageAwaited stands where a page will be once it is known what it is about, or
// says why that is not known.
export function PageAwaited({ query, ...page }: Props) {
  return <Page {...page}>{query.error ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : <Skeleton active />}</Page>
}
