/** Applies fixes of one file, as a scan finds them now: the diff is the plan. */
import type { Postcondition } from '../../core/action.ts'
import {
  type Condition,
  defineAction,
  fileAsApproved,
  met,
  statement,
  touched,
  unmet,
} from './source-action.ts'

const PARAMETERS = {
  file: { type: 'file' },
  fixes: { type: 'fixes', of: 'file', most: 200 },
  remaining: { type: 'integer', min: 0, max: 100_000, unit: 'findings' },
} as const

/** Longest step a person is asked to read, characters. */
const LONGEST_STEP = 200_000

const readable: Condition<typeof PARAMETERS> = {
  id: 'readable-diff',
  rule: `The diff is at most ${LONGEST_STEP} characters long, so that a person can read it.`,
  test: async ({ params }) =>
    params.fixes.text.length <= LONGEST_STEP
      ? met(`${params.fixes.text.length} characters`)
      : unmet(`${params.fixes.text.length} characters`, 'Apply fewer fixes at once.'),
}

const asApproved: Condition<typeof PARAMETERS> = {
  id: 'result-as-approved',
  rule: 'The fixes, found again by a scan made now, make the file that was approved, and it parses.',
  test: async ({ params }) =>
    params.fixes.after === params.file.after
      ? met('the fixes make that file, which parses')
      : unmet('the fixes make another file now'),
}

const mends: Condition<typeof PARAMETERS> = {
  id: 'findings-mended',
  rule: 'A scan of the changed file finds fewer findings of the kinds a fix mends, and no more than was said.',
  test: async ({ params: { fixes, remaining } }) => {
    const found = `${fixes.found} findings without the fixes, ${fixes.remaining} with them`
    return fixes.remaining <= remaining && fixes.remaining < fixes.found ? met(found) : unmet(found)
  },
}

/** The action. */
export const applyPatch = defineAction({
  id: 'source/apply-patch',
  title: 'Apply fixes to a file of an application’s code',
  riskReason:
    'The application’s code changes; a running application has the change only after it is built and deployed.',
  issueCategories: ['INJECTION_RISK', 'TYPE_MISMATCH'],
  parameters: PARAMETERS,
  template: 'the unified diff of {fixes} in {file}, with repository, commit and digests',
  conditions: [fileAsApproved, asApproved, mends, readable],
  verification: 'The file has the approved digest and parses, and a scan finds no more in it than was said.',
  render: async ({ ask, params: { file, fixes } }) => ({
    plan: { guards: [], steps: [statement(fixes.text)] },
    undo: { plan: { guards: [], steps: [statement(fixes.undoText)] } },
    objects: await touched({ ask }, file),
  }),
  postcondition: async ({ ask, params: { file, remaining } }): Promise<Postcondition> => {
    const now = await ask('file', { path: file.path })
    if (!now.known) return { holds: 'unknown', found: now.because }
    if (now.value.digest !== file.after)
      return { holds: false, found: `${file.path} does not have the approved digest` }
    const code = await ask('code', { path: file.path })
    if (!code.known) return { holds: 'unknown', found: code.because }
    const { problem, findings } = code.value
    if (problem !== null) return { holds: false, found: `${file.path} does not parse: ${problem}` }
    return { holds: findings <= remaining, found: `${findings} findings of ${remaining} that may be left` }
  },
})
