/** The API and the panel over a store with rows, listening, with a browser that is signed in. */
import type { Browser, BrowserContext } from 'playwright-core'
import { type Actor, type ApiWorld, makeApiWorld } from '../../server/support/api-world.ts'

/** What the tests of the panel work with. */
export interface PanelWorld {
  readonly api: ApiWorld
  /** http://127.0.0.1:PORT */
  readonly base: string
  /** Each page by its name, and the words of its heading. */
  readonly pages: readonly { readonly name: string; readonly path: string }[]
  /** A browser of its own, signed in as somebody. */
  signedIn(browser: Browser, actor: Actor, look?: Look): Promise<BrowserContext>
  stop(): Promise<void>
}

/** How a page is looked at. */
export interface Look {
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** Starts it. The panel must have been built. */
export async function startPanelWorld(): Promise<PanelWorld> {
  const api = await makeApiWorld()
  const base = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { issueId, pendingDecisionId, executionId } = api.ids
  return {
    api,
    base,
    pages: [
      { name: 'dashboard', path: '/' },
      { name: 'issues', path: '/issues?state=ALL' },
      { name: 'issue', path: `/issues/${issueId}` },
      { name: 'decisions', path: '/decisions' },
      { name: 'decision', path: `/decisions/${pendingDecisionId}` },
      { name: 'history', path: '/history' },
      { name: 'run', path: `/history/${executionId}` },
      { name: 'audit', path: '/audit' },
    ],
    signedIn: async (browser, actor, look = {}) => {
      const context = await browser.newContext({
        baseURL: base,
        viewport: { width: 1280, height: 900 },
        ...look,
      })
      const { secret } = await api.signIn(actor)
      await context.addCookies([
        { name: 'dbmedic_session', value: secret, url: base, httpOnly: true, sameSite: 'Strict' },
      ])
      return context
    },
    stop: () => api.stop(),
  }
}
