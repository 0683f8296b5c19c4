/** First start in the browser: from the one-time link in the terminal to the dashboard. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { cliFolder } from '../support/run-cli.ts'
import { axeFindings, missingBrowser, startBrowser, watchedPage } from './support/browser.ts'

const cli = cliFolder()
after(() => cli.remove())

const PASSWORD = 'a long password of anna'
const PASSPHRASE = 'quite another phrase, for the key'

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

test('the one-time link makes the first administrator, who signs in and sees the dashboard', {
  skip: missingBrowser(),
}, async () => {
  cli.write('dbmedic.yaml', `store: ./store.sqlite\npanel: { listen: "127.0.0.1:${await freePort()}" }\n`)
  const child = cli.begin(['start', '--role', 'serve'])
  let said = ''
  const link = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no link: ${said}`)), 30_000)
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8')
        const found = /http\S+\/setup#[\w-]{43}/.exec(said)?.[0]
        if (found === undefined) return
        clearTimeout(late)
        resolve(found)
      })
  })
  const browser = await startBrowser()
  try {
    const { page, errors } = await watchedPage(await browser.newContext())
    const sent: string[] = []
    page.on('request', (request) => sent.push(request.postData() ?? ''))
    await page.goto(link)
    await page.getByLabel('Your name').fill('Anna Weber')
    await page.getByLabel('User name').fill('anna')
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
    assert.deepEqual(await axeFindings(page), [])
    await page.getByRole('button', { name: 'Make the administrator' }).click()
    await page.getByRole('heading', { name: 'You are set up' }).waitFor({ timeout: 30_000 })
    assert.ok(sent.every((body) => !body.includes(PASSPHRASE)))
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('User name').fill('anna')
    await page.getByLabel(/^Password/).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    await page.getByText('No server is under care').waitFor()
    assert.deepEqual(await axeFindings(page), [])
    assert.deepEqual(errors, [])
    await page.goto(link)
    await page.getByLabel('Your name').waitFor()
  } finally {
    await browser.close()
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
  }
})
