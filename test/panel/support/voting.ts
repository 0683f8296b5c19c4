/** What a person does on the approving page. */
import type { Page } from 'playwright-core'
import type { TestPerson } from '../../support/pipeline-rows.ts'
import { keyringFile } from './keyring-file.ts'

/** The sign-in password of who has one. */
export const PASSWORD = 'four plain words here'
/** Opens every test person's key. */
export const PASSPHRASE = 'quite another phrase, for the key'

/** Opens the evidence and waits until it is shown. */
export async function openEvidence(page: Page): Promise<void> {
  await page.getByText(/^Evidence \(/).click()
  await page.getByText('the table changed by 40 %').waitFor()
}

/** Fills the form to its last field; nothing is sent. */
export async function fillVote(
  page: Page,
  person: TestPerson,
  as: { readonly side?: 'approve' | 'decline'; readonly high?: boolean } = {},
): Promise<void> {
  const decline = as.side === 'decline'
  await page.getByLabel(decline ? 'Decline' : 'Approve exactly this').check()
  await page.getByLabel('Reason').selectOption(decline ? 'WRONG_DIAGNOSIS' : 'CONFIDENT')
  await page.getByLabel('In your own words').fill(decline ? 'the load was a test' : 'seen on the replica')
  await page.locator('input[type=file]').setInputFiles(keyringFile(person, PASSPHRASE))
  await page.getByLabel('Passphrase of your key').fill(PASSPHRASE)
  if (as.high === true) await fillPassword(page, PASSWORD)
}

/** Sends it. */
export const sendVote = (page: Page, side: 'approve' | 'decline' = 'approve'): Promise<void> =>
  page.getByRole('button', { name: side === 'approve' ? 'Approve, signed' : 'Decline, signed' }).click()

/** The fresh proof that HIGH risk asks for. */
export const fillPassword = (page: Page, password: string): Promise<void> =>
  page.locator('form input[autocomplete=current-password]').last().fill(password)
