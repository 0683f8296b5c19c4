/** Makes a file what it was before a run of ours, from the backup that run kept. */
import { wasChanged } from './changed-files.ts'
import {
  type Condition,
  defineAction,
  fileAsApproved,
  given,
  met,
  statement,
  touched,
  unmet,
} from './source-action.ts'

const NOT_OURS = 'Take the change back by hand, or with the repository’s own tools.'

const PARAMETERS = { file: { type: 'file' } } as const

const kept: Condition<typeof PARAMETERS> = {
  id: 'backup-kept',
  rule: 'A run of ours kept the bytes the file is to have, and they have their digest still.',
  // What lies in the backups' folder anybody may have committed: only our own record says what a run replaced.
  test: async ({ ask, params, policy }) =>
    wasChanged(policy.changedFiles ?? [], params.file)
      ? given(await ask('restore', params.file), () => met('the bytes are kept'))
      : unmet('no completed run of ours changed this file so', NOT_OURS),
}

/** The action. */
export const restoreFile = defineAction({
  id: 'source/restore-file',
  title: 'Make a file of an application’s code what it was before a fix',
  riskReason:
    'What the fix had mended is back; a running application has the change only after it is built and deployed.',
  issueCategories: ['APPLICATION'],
  parameters: PARAMETERS,
  template:
    'the unified diff from {file} as it is to what its backup holds, with repository, commit and digests',
  conditions: [fileAsApproved, kept],
  verification: 'The file has the digest it had before the fix.',
  render: async ({ ask, params: { file } }) => {
    const objects = await touched({ ask }, file)
    const answer = await ask('restore', file)
    if (!answer.known) return { plan: { guards: [], steps: [] }, undo: { whyNot: answer.because }, objects }
    const { text, undoText } = answer.value
    return {
      plan: { guards: [], steps: [statement(text)] },
      undo: { plan: { guards: [], steps: [statement(undoText)] } },
      objects,
    }
  },
  postcondition: async ({ ask, params: { file } }) => {
    const now = await ask('file', { path: file.path })
    if (!now.known) return { holds: 'unknown', found: now.because }
    const isBack = now.value.digest === file.after
    return {
      holds: isBack,
      found: `${file.path} has ${isBack ? 'the digest it had' : 'another digest'}`,
    }
  },
})
