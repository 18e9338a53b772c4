import { arrange, type Skeleton } from './layout'

self.onmessage = (e: MessageEvent<Skeleton>) => self.postMessage(arrange(e.data))
