import { parseYaml } from './yaml'

self.onmessage = (e: MessageEvent<string>) => self.postMessage(parseYaml(e.data))
