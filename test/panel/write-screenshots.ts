/** `npm run screenshots -- DIR`: every page, light and dark and at 360 px, as people see them. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { signInOf } from '../server/support/api-world.ts'
import { decide, makeIssue, newAnalysis, newDecision, newVote } from '../support/pipeline-rows.ts'
import { addAroundRows } from './support/around-world.ts'
import { missingBrowser, settled, startBrowser, watchedPage } from './support/browser.ts'
import { addDrawnRows } from './support/drawn-rows.ts'
import { type Look, startPanelWorld } from './support/panel-world.ts'
import { approveQuickly } from './support/quick-approvals.ts'
import { fillVote, openEvidence, sendVote } from './support/voting.ts'

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
await approveQuickly(world, 5)
const pages = [...world.pages, ...(await addAroundRows(world)), ...(await addDrawnRows(world))]
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
    await photographStates(look, how)
    await photographWorkspaces(look, how)
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

/** What a page looks like while somebody decides. */
async function photographStates(look: string, how: Look): Promise<void> {
  const { world: rows } = world.api
  const high = await decide(rows, await makeIssue(rows, `shop.${look}`), { action: 'mysql/rebuild-table' })
  const context = await world.signedInAs(browser, 'bert', how)
  const { page } = await watchedPage(context)
  const take = async (name: string): Promise<void> => {
    await page.evaluate('window.scrollTo(0, 0)')
    await page.waitForTimeout(400)
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true })
  }
  await page.goto(`/decisions/${high.decisionId}`)
  await openEvidence(page)
  await fillVote(page, rows.bert, { high: true })
  await take('decision-voting')
  await page.getByRole('button', { name: 'Cancel it' }).click()
  await page.getByRole('dialog').waitFor()
  await take('decision-ending')
  await page.getByRole('button', { name: 'Leave it as it is' }).click()
  await sendVote(page)
  await page.getByRole('heading', { name: 'What happens now' }).waitFor()
  await page.getByRole('button', { name: /^Stop switch/ }).click()
  await take('decision-half')
  await rows.store.serve.insertApproval(await newVote(rows, high, rows.carl, { status: 'DECLINED' }))
  await rows.store.serve.endDecision(high.decisionId, 'ASK_OTHER', 'a smaller step', 'carl')
  const { reason } = rows.store
  const analysisId = await reason.insertAnalysis(newAnalysis(high.issueId))
  await reason.moveIssue(high.issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  await reason.insertDecision(await newDecision(rows, analysisId))
  await page.goto(`/decisions/${high.decisionId}`)
  await page.getByRole('heading', { name: 'Another plan waits now' }).waitFor()
  await take('decision-changed')
  await context.close()
}

/** The choice between two workspaces, and a person who has none of them. */
async function photographWorkspaces(look: string, how: Look): Promise<void> {
  const signIn = signInOf(world.api.world.store)
  await signIn.setMembership({ userName: 'carl', workspaceId: 2, role: 'viewer', held: true, by: 'olga' })
  const context = await world.signedInAs(browser, 'carl', how)
  const { page } = await watchedPage(context)
  const take = async (name: string): Promise<void> => {
    await settled(page)
    await page.waitForTimeout(400)
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true })
  }
  await page.goto('/?workspace=1')
  await page.getByRole('button', { name: /^Workspace/ }).click()
  await page.getByRole('link', { name: 'elsewhere' }).waitFor()
  await take('workspaces')
  await page.goto('/issues?workspace=2')
  await take('workspace-without-issues')
  await page.goto('/issues?workspace=9')
  await take('workspace-of-others')
  await context.close()
}
process.stdout.write(`${folder}\n`)
