/** Every page as it is looked at: axe in both themes, the policy, and 360 px. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { addAroundRows } from './support/around-world.ts'
import { axeFindings, missingBrowser, settled, watchedPage } from './support/browser.ts'
import { addDrawnRows } from './support/drawn-rows.ts'
import { panelInBrowser } from './support/panel-in-browser.ts'
import type { PanelWorld } from './support/panel-world.ts'
import { approveQuickly } from './support/quick-approvals.ts'

const WIDE = { width: 1280, height: 900 }
const NARROW = { width: 360, height: 740 }
/** What people meet where nothing is. */
const NOTHING_THERE: PanelWorld['pages'] = [
  { name: 'no issue is like that', path: '/issues?search=nothing' },
  { name: 'no such issue', path: '/issues/999999' },
  { name: 'no such decision', path: '/decisions/999999' },
  { name: 'a link that is not whole', path: '/link#short' },
]

/** Opens what is folded, so that it is looked at too. */
async function unfold(page: Page): Promise<void> {
  for (const summary of await page.locator('.more > summary').all()) await summary.click()
  await settled(page)
}

async function inColours(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
}

describe('every page', { skip: missingBrowser() }, () => {
  const pages: PanelWorld['pages'][number][] = []
  const world = panelInBrowser({
    prepare: async (panel) => {
      await approveQuickly(panel, 5)
      pages.push(...panel.pages, ...(await addAroundRows(panel)), ...(await addDrawnRows(panel)))
      pages.push(...NOTHING_THERE)
    },
  })

  const looksWell = async (page: Page, path: string): Promise<void> => {
    await page.goto(path)
    await settled(page)
    await unfold(page)
    for (const colours of ['light', 'dark'] as const) {
      await inColours(page, colours)
      assert.deepEqual(await axeFindings(page), [], colours)
    }
    await page.setViewportSize(NARROW)
    // A chart takes its new width a moment after its place has it.
    const fits = `document.documentElement.scrollWidth <= ${NARROW.width}`
    await page.waitForFunction(fits).catch(() => assert.fail(`wider than ${NARROW.width} px`))
    await page.setViewportSize(WIDE)
  }

  test('axe finds what is planted: a picture without words, a field without a name, text that is hardly there', async () => {
    const { page } = await watchedPage(await world.stranger())
    await page.goto('/sign-in')
    await settled(page)
    assert.deepEqual(await axeFindings(page), [])
    await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend',
      '<img src="/icon.svg"><input type="text"><p id="pale">pale</p>')
      const { style } = document.querySelector('#pale')
      style.color = '#cccccc'
      style.background = '#ffffff'`)
    const found = (await axeFindings(page)).map((finding) => finding.split(':')[0])
    assert.deepEqual(found.sort(), ['critical image-alt', 'critical label', 'serious color-contrast'])
    await page.context().close()
  })

  test('axe finds nothing on it in light and dark, the policy blocks nothing, and 360 px hold it', async (t) => {
    const { page, errors } = await watchedPage(await world.signedIn('administrator'))
    for (const { name, path } of pages)
      await t.test(name, async () => {
        await looksWell(page, path)
        assert.deepEqual(errors.splice(0), [])
      })
    await page.context().clearCookies()
    await t.test('sign-in', () => looksWell(page, '/sign-in'))
    await page.context().close()
  })
})
