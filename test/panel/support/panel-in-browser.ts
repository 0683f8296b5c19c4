/** A panel with rows and a browser before it, for the tests of a suite. */
import { before } from 'node:test'
import type { Browser, BrowserContext } from 'playwright-core'
import type { Actor } from '../../server/support/api-world.ts'
import type { StoreName } from '../../store/support/stores.ts'
import { startBrowser } from './browser.ts'
import { endedAfter } from './ended-after.ts'
import { type Look, type PanelWorld, startPanelWorld } from './panel-world.ts'

/** What a suite works with; everything of it is there from its first test on. */
export interface PanelInBrowser extends Pick<PanelWorld, 'api' | 'base' | 'pages'> {
  /** A window of somebody of a role. */
  signedIn(actor: Actor, look?: Look): Promise<BrowserContext>
  /** A window of a login. */
  signedInAs(userName: string, look?: Look): Promise<BrowserContext>
  /** A window of somebody who is not signed in. */
  stranger(look?: Look & { readonly timezoneId?: string }): Promise<BrowserContext>
}

/**
 * Called where the suite is described: starts both before the first test, and ends both after the last, whatever failed.
 * @param of `prepare` adds rows before the browser is there; `panel` is more of the panel's configuration, as YAML after a comma
 */
export function panelInBrowser(
  of: {
    readonly store?: StoreName
    readonly panel?: string
    readonly prepare?: (panel: PanelWorld) => Promise<void>
  } = {},
): PanelInBrowser {
  let world: PanelWorld | undefined
  let browser: Browser | undefined
  const ended = endedAfter()
  before(async () => {
    const started = await startPanelWorld(of.store, of.panel)
    ended(() => started.stop())
    await of.prepare?.(started)
    world = started
    const opened = await startBrowser()
    ended(() => opened.close())
    browser = opened
  })
  return {
    get api() {
      return there(world).api
    },
    get base() {
      return there(world).base
    },
    get pages() {
      return there(world).pages
    },
    signedIn: (actor, look) => there(world).signedIn(there(browser), actor, look),
    signedInAs: (userName, look) => there(world).signedInAs(there(browser), userName, look),
    stranger: (look) => there(browser).newContext({ baseURL: there(world).base, ...look }),
  }
}

function there<T>(started: T | undefined): T {
  if (started === undefined) throw new Error('the panel is there from the first test on')
  return started
}
