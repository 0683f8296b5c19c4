/** `npm run screenshots -- DIR`: every page, light and dark and at 360 px, as people see them. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { addAroundRows } from './support/around-world.ts'
import { missingBrowser, startBrowser, watchedPage } from './support/browser.ts'
import { type Look, startPanelWorld } from './support/panel-world.ts'

const LOOKS: Readonly<Record<string, Look>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  narrow: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
}

const [given] = process.argv.slice(2)
const missing = missingBrowser()
if (given === undefined || missing !== false) {
  process.stderr.write(`${missing === false ? 'Say where: npm run screenshots -- DIR' : missing}\n`)
  process.exit(2)
}
const folder = resolve(given)
await mkdir(folder, { recursive: true })
const world = await startPanelWorld()
const pages = [...world.pages, ...(await addAroundRows(world))]
const browser = await startBrowser()
try {
  for (const [look, how] of Object.entries(LOOKS)) {
    const context = await world.signedIn(browser, 'administrator', how)
    const { page } = await watchedPage(context)
    for (const { name, path } of pages) {
      await page.goto(path)
      await page.locator('main h1').waitFor()
      await page.waitForTimeout(400)
      await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true })
    }
    await context.clearCookies()
    await page.goto('/sign-in')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.screenshot({ path: join(folder, `sign-in-${look}.png`), fullPage: true })
    await context.close()
  }
} finally {
  await browser.close()
  await world.stop()
}
process.stdout.write(`${folder}\n`)
