import { keepParsed, type Parsed } from './yaml'

// readSoon reads a text beside the page, which stays alive meanwhile: a long one
// takes longer than somebody who types would wait. Nothing comes of it once the
// signal is given.
export function readSoon(text: string, signal: AbortSignal): Promise<Parsed> {
  const worker = new Worker(new URL('./read.worker.ts', import.meta.url), { type: 'module' })
  signal.addEventListener('abort', () => worker.terminate())
  return new Promise<Parsed>((resolve, reject) => {
    worker.onmessage = (e: MessageEvent<Parsed>) => resolve(keepParsed(text, e.data))
    worker.onerror = (e) => reject(new Error(e.message))
    worker.postMessage(text)
  }).finally(() => worker.terminate())
}
