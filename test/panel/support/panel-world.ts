/** The API and the panel over a store with rows, listening, with browsers that are signed in. */
import type { Browser, BrowserContext } from 'playwright-core'
import { createPasswords } from '../../../src/server/passwords.ts'
import { digestOf, newSecret } from '../../../src/server/secrets.ts'
import {
  type Actor,
  type ApiWorld,
  makeApiWorld,
  PEOPLE,
  panelOf,
  signInOf,
} from '../../server/support/api-world.ts'
import type { StoreName } from '../../store/support/stores.ts'
import { PASSWORD } from './voting.ts'

/** What the tests of the panel work with. */
export interface PanelWorld {
  readonly api: ApiWorld
  /** http://127.0.0.1:PORT */
  readonly base: string
  /** Each page by its name, and the words of its heading. */
  readonly pages: readonly { readonly name: string; readonly path: string }[]
  /** A browser of its own, signed in as somebody of a role. */
  signedIn(browser: Browser, actor: Actor, look?: Look): Promise<BrowserContext>
  /** A browser of its own, signed in as a login. */
  signedInAs(browser: Browser, userName: string, look?: Look): Promise<BrowserContext>
  stop(): Promise<void>
}

/** How a page is looked at. */
export interface Look {
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** Starts it. The panel must have been built. @param more further members of the panel's configuration, as YAML */
export async function startPanelWorld(name: StoreName = 'sqlite', more = ''): Promise<PanelWorld> {
  process.env['DBM_TEST_SECRET_KEY'] = 'a key of the server for these tests only'
  const secretKey = 'env:DBM_TEST_SECRET_KEY'
  const panel = panelOf(`{ requestsPerMinute: 1000000, secretKey: "${secretKey}"${more} }`)
  const api = await makeApiWorld(name, panel)
  try {
    return await listening(api)
  } catch (error) {
    await api.stop()
    throw error
  }
}

async function listening(api: ApiWorld): Promise<PanelWorld> {
  const signIn = signInOf(api.world.store)
  const hash = await createPasswords().hash(PASSWORD)
  await signIn.setPassword('otto', hash, 'otto')
  for (const userName of ['bert', 'carl']) {
    await signIn.setPassword(userName, hash, userName)
    await signIn.setMembership({ userName, workspaceId: 1, role: 'approver', held: true, by: 'anna' })
  }
  const base = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { issueId, pendingDecisionId, executionId, decisionId } = api.ids
  const signedInAs = async (browser: Browser, userName: string, look: Look = {}) => {
    const context = await browser.newContext({
      baseURL: base,
      viewport: { width: 1280, height: 900 },
      ...look,
    })
    const secret = newSecret()
    await signIn.startSession({
      sessionDigest: digestOf(secret),
      userName,
      address: '127.0.0.1',
      userAgent: 'test',
      lifetimeSeconds: 3600,
    })
    await context.addCookies([
      { name: 'dbmedic_session', value: secret, url: base, httpOnly: true, sameSite: 'Strict' },
    ])
    return context
  }
  return {
    api,
    base,
    pages: [
      { name: 'dashboard', path: '/' },
      { name: 'issues', path: '/issues?state=ALL' },
      { name: 'issue', path: `/issues/${issueId}` },
      { name: 'decisions', path: '/decisions' },
      { name: 'decision', path: `/decisions/${pendingDecisionId}` },
      { name: 'decision-done', path: `/decisions/${decisionId}` },
      { name: 'history', path: '/history' },
      { name: 'run', path: `/history/${executionId}` },
      { name: 'audit', path: '/audit' },
    ],
    signedInAs,
    signedIn: (browser, actor, look) => signedInAs(browser, PEOPLE[actor], look),
    stop: () => api.stop(),
  }
}
