import i18next from 'i18next'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllGlobals())

// sent gives the headers of a request by the client.
async function sent(method: 'GET' | 'DELETE'): Promise<Headers> {
  let headers = new Headers()
  vi.stubGlobal('fetch', (request: Request) => {
    headers = request.headers
    return Promise.resolve(new Response(null, { status: 204 }))
  })
  vi.resetModules()
  const { api, setCSRF } = await import('./client')
  setCSRF('proof')
  await (method === 'GET' ? api.GET('/session', { baseUrl: 'http://localhost' }) : api.DELETE('/session', { baseUrl: 'http://localhost' }))
  return headers
}

test('requests ask for the language of the page, and prove where they come from when they change something', async () => {
  await i18next.init({ lng: 'zh', resources: {} })
  vi.doMock('i18next', () => ({ default: i18next }))
  const reading = await sent('GET')
  expect(reading.get('Accept-Language')).toBe('zh')
  expect(reading.get('X-CSRF-Token')).toBeNull()
  await i18next.changeLanguage('en')
  const writing = await sent('DELETE')
  expect(writing.get('Accept-Language')).toBe('en')
  expect(writing.get('X-CSRF-Token')).toBe('proof')
})
