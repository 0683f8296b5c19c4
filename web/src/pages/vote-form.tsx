/** The vote itself: yes or no, why, under which conditions, signed with the person's key. */
import { Button, Checkbox, NativeSelect, PasswordInput, Radio, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type {
  DecisionDetail,
  NewVote,
  PasskeyChallenge,
  Session,
  Voted,
} from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { passkeysQuery, secondFactorQuery } from '../api/queries.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { type OwnKey, useOwnKey } from '../session/own-key.ts'
import { askPasskey, canUsePasskeys } from '../session/passkey.ts'
import { castVote } from './cast-vote.ts'
import { KeyField } from './key-field.tsx'
import { bindingOf } from './plan-parts.tsx'
import { WindowField } from './window-field.tsx'

type Reason = NewVote['reason']

const WHY_YES: readonly (readonly [Reason, string])[] = [
  ['CONFIDENT', 'I am confident that it is right'],
  ['ROUTINE', 'Routine: done before, with good result'],
  ['SKEPTICAL_BUT_APPROVED', 'I doubt it, and it is worth a try'],
  ['EMERGENCY', 'Emergency: waiting is worse'],
]
const WHY_NO: readonly (readonly [Reason, string])[] = [
  ['SAFETY_CONCERN', 'It is not safe'],
  ['WRONG_DIAGNOSIS', 'The cause is another one'],
  ['BAD_TIMING', 'Not now'],
  ['BETTER_ALTERNATIVE', 'There is a better way'],
  ['INSUFFICIENT_EVIDENCE', 'The evidence does not suffice'],
]

interface Fields {
  readonly side: 'approve' | 'decline' | ''
  readonly reason: Reason | ''
  readonly notes: string
  readonly undo: boolean
  readonly windowStart: string | null
  readonly passphrase: string
  readonly password: string
  /** Prove it by a passkey and not by the password. */
  readonly byPasskey: boolean
}
const EMPTY: Fields = {
  side: '',
  reason: '',
  notes: '',
  undo: false,
  windowStart: null,
  passphrase: '',
  password: '',
  byPasskey: false,
}

interface Of {
  readonly detail: DecisionDetail
  readonly session: Session
  readonly evidenceSeen: boolean
}

/** The form. */
export function VoteForm({ detail, session, evidenceSeen }: Of) {
  const ownKey = useOwnKey(session)
  const [fields, setFields] = useState(EMPTY)
  const change = (some: Partial<Fields>): void => setFields((old) => ({ ...old, ...some }))
  const done = (): void => {
    setFields(EMPTY)
    // What happens now stands at the top.
    window.scrollTo({ top: 0 })
  }
  const { cast, doing } = useCast({ detail, session, fields, ownKey, done })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (fields.reason !== '') cast.mutate(fields.reason)
  }
  const decline = fields.side === 'decline'
  const unread = fields.side === 'approve' && !evidenceSeen
  return (
    <form onSubmit={submit}>
      <Stack gap="md" maw={640}>
        <Radio.Group
          label="What do you say?"
          required
          value={fields.side}
          onChange={(side) => change({ side: side as Fields['side'], reason: '' })}
        >
          <div className="choices">
            <Radio value="approve" label="Approve exactly this" />
            <Radio value="decline" label="Decline" />
          </div>
        </Radio.Group>
        {fields.side !== '' && (
          <>
            <ReasonFields fields={fields} change={change} />
            {!decline && <Conditions detail={detail} fields={fields} change={change} />}
            <ProofFields detail={detail} fields={fields} change={change} ownKey={ownKey} />
            {unread && (
              <Text className="call call-warning" role="status">
                Open the evidence above first.
              </Text>
            )}
            {cast.error !== null && <ProblemNotice error={cast.error} />}
            <Button type="submit" color={decline ? 'red' : 'teal'} loading={cast.isPending} disabled={unread}>
              {decline ? 'Decline, signed' : 'Approve, signed'}
            </Button>
            <Text size="sm" className="quiet" role="status">
              {doing}
            </Text>
          </>
        )}
      </Stack>
    </form>
  )
}

const isCareful = ({ decision }: DecisionDetail, { side }: Fields): boolean =>
  decision.riskLevel === 'HIGH' && side === 'approve'

/** Passwords are longer than the six digits of a code. */
const proofOf = (typed: string): { readonly password?: string; readonly code?: string } =>
  /^\d{3} ?\d{3}$/.test(typed.trim()) ? { code: typed.trim() } : { password: typed }

/** An answer under a passkey that counts for this plan. */
async function passkeyProof(planDigest: string): Promise<Pick<NewVote, 'passkey'>> {
  const asked = await write<PasskeyChallenge>('POST', '/api/passkeys/challenge', { planDigest })
  return { passkey: await askPasskey(asked) }
}

interface CastOf {
  readonly detail: DecisionDetail
  readonly session: Session
  readonly fields: Fields
  readonly ownKey: OwnKey
  readonly done: () => void
}

/** Sending the vote, and what is being done meanwhile. */
function useCast({ detail, session, fields, ownKey, done }: CastOf) {
  const cache = useQueryClient()
  const [doing, setDoing] = useState('')
  const decline = fields.side === 'decline'
  const notes = fields.notes.trim()
  const cast = useMutation({
    mutationFn: (reason: Reason): Promise<Voted> =>
      castVote({
        decision: detail.decision,
        session,
        ballot: {
          decline,
          reason,
          notes: notes === '' ? null : notes,
          undoPreconsented: !decline && fields.undo,
          windowStart: decline ? null : fields.windowStart,
        },
        prove: async () => {
          if (!isCareful(detail, fields)) return {}
          if (!fields.byPasskey) return proofOf(fields.password)
          setDoing('Waiting for your passkey …')
          return passkeyProof(detail.decision.planDigest)
        },
        unlock: () => ownKey.unlock(fields.passphrase),
        say: setDoing,
      }),
    onSuccess: done,
    onSettled: () => {
      setDoing('')
      for (const name of ['decisions', 'issues', 'dashboard'])
        void cache.invalidateQueries({ queryKey: [name] })
    },
  })
  return { cast, doing }
}

interface Part {
  readonly fields: Fields
  readonly change: (some: Partial<Fields>) => void
}

function ReasonFields({ fields, change }: Part) {
  const reasons = fields.side === 'decline' ? WHY_NO : WHY_YES
  return (
    <>
      <NativeSelect
        label="Reason"
        required
        value={fields.reason}
        onChange={(event) => change({ reason: event.currentTarget.value as Reason | '' })}
        data={[{ value: '', label: 'Choose …' }, ...reasons.map(([value, label]) => ({ value, label }))]}
      />
      <Textarea
        label="In your own words"
        description="Kept on the record with your vote."
        autosize
        minRows={2}
        maxLength={2000}
        value={fields.notes}
        onChange={(event) => change({ notes: event.currentTarget.value })}
      />
    </>
  )
}

function ProofFields({
  detail,
  fields,
  change,
  ownKey,
}: Part & { readonly detail: DecisionDetail; readonly ownKey: OwnKey }) {
  const { data: factor } = useQuery({ ...secondFactorQuery, enabled: isCareful(detail, fields) })
  const { data: passkeys } = useQuery({ ...passkeysQuery, enabled: isCareful(detail, fields) })
  const hasFactor = factor?.set === true
  const hasPasskey = (passkeys?.items.length ?? 0) > 0 && canUsePasskeys(passkeys?.origin)
  return (
    <>
      <KeyField
        ownKey={ownKey}
        passphrase={fields.passphrase}
        change={(passphrase) => change({ passphrase })}
      />
      {isCareful(detail, fields) && hasPasskey && (
        <Checkbox
          label="Prove that it is you by a passkey, without a password"
          checked={fields.byPasskey}
          onChange={(event) => change({ byPasskey: event.currentTarget.checked })}
        />
      )}
      {isCareful(detail, fields) && !fields.byPasskey && (
        <PasswordInput
          label={hasFactor ? 'Your password, or a code of your authenticator app' : 'Your password'}
          description="HIGH risk asks again that it is you."
          autoComplete="current-password"
          required
          value={fields.password}
          onChange={(event) => change({ password: event.currentTarget.value })}
        />
      )}
    </>
  )
}

function Conditions({ detail, fields, change }: Part & { readonly detail: DecisionDetail }) {
  const { undo, riskLevel } = bindingOf(detail)
  return (
    <>
      {'plan' in undo && (
        <Checkbox
          label="If it makes things worse, undo it at once by the statements above"
          checked={fields.undo}
          onChange={(event) => change({ undo: event.currentTarget.checked })}
        />
      )}
      <WindowField
        targetId={detail.decision.targetId}
        value={fields.windowStart}
        change={(windowStart) => change({ windowStart })}
      />
      {riskLevel === 'HIGH' && (
        <Text size="sm">High risk: two different people must approve. Yours counts as one of the two.</Text>
      )}
    </>
  )
}
