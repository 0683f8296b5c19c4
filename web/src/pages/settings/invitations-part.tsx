/** Inviting people, and registering the keys they answer with: signed here, with the administrator's own key. */
import { Badge, Button, Checkbox, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Invitation, NewInvitation, Session } from '../../../../src/server/api-types.ts'
import { invitationsQuery } from '../../api/around.ts'
import { write } from '../../api/client.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { Exact } from '../../parts/exact.tsx'
import { ProblemNotice } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { wordsOf } from '../../parts/words.ts'
import { useOwnKey } from '../../session/own-key.ts'
import { isFirstShown, useRights } from '../../session/rights.ts'
import { KeyField } from '../key-field.tsx'
import { signRegistration } from './sign-registration.ts'

/** The part. */
export function InvitationsPart() {
  const { data, error, refetch } = useQuery(invitationsQuery)
  const { mayForAll, session } = useRights()
  const mayInvite = mayForAll('administer')
  const open = (data ?? []).filter(({ state }) => state === 'WAITING' || state === 'ANSWERED')
  return (
    <Part title="Invite somebody">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {open.length > 0 && (
        <ul className="plain reviews" aria-label="Open invitations">
          {open.map((each) => (
            <li key={each.invitationId}>
              <InvitationRow of={each} session={mayInvite ? session : undefined} />
            </li>
          ))}
        </ul>
      )}
      {mayInvite ? (
        <InviteForm />
      ) : (
        <Text size="sm">Administrators{isFirstShown() ? '' : ' of the first workspace'} invite people.</Text>
      )}
      <Text size="sm" className="quiet" mt="sm">
        Where the keys are at the command line: <code>dbmedic users add NAME --name "FULL NAME"</code>
      </Text>
    </Part>
  )
}

/** Changes something about invitations, and reads them and people again. */
function useChange<Answer>(send: () => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: send,
    onSettled: () =>
      Promise.all(['invitations', 'people'].map((name) => cache.invalidateQueries({ queryKey: [name] }))),
  })
}

const loginText = ({ mayApprove, mayAdminister }: Invitation): string =>
  [...(mayApprove ? ['approve'] : []), ...(mayAdminister ? ['administer'] : [])].join(' and ') || 'read'

interface RowOf {
  readonly of: Invitation
  /** Undefined: who looks may only look. */
  readonly session: Session | undefined
}

function InvitationRow({ of, session }: RowOf) {
  const withdraw = useChange(() => write<undefined>('DELETE', `/api/invitations/${of.invitationId}`))
  const { keyId } = of
  return (
    <>
      <div className="line">
        <span>
          <Badge color={keyId === null ? 'gray' : 'violet'} radius="sm" className="code-badge">
            {wordsOf(of.state)}
          </Badge>{' '}
          <strong>{of.displayName}</strong> <span className="quiet">{of.userName}</span>, may {loginText(of)}
          {of.roles.length > 0 && `, as ${of.roles.join(', ')}`}
        </span>
        <span className="quiet">
          {of.invitedBy}, until <Time at={of.expiresAt} />
        </span>
      </div>
      {keyId !== null && (
        <>
          <Text size="sm">Have {of.displayName} read you the id of their key. It must be this one:</Text>
          <Exact text={keyId} label={`Key of ${of.userName}`} />
        </>
      )}
      {session !== undefined && keyId !== null && <Register of={of} session={session} />}
      {session !== undefined && (
        <div className="buttons">
          <Button
            size="compact-sm"
            variant="default"
            loading={withdraw.isPending}
            onClick={() => withdraw.mutate()}
            aria-label={`Withdraw the invitation of ${of.userName}`}
          >
            Withdraw
          </Button>
        </div>
      )}
      {withdraw.error !== null && <ProblemNotice error={withdraw.error} />}
    </>
  )
}

function Register({ of, session }: { readonly of: Invitation; readonly session: Session }) {
  const [passphrase, setPassphrase] = useState('')
  const ownKey = useOwnKey(session)
  const register = useChange(() => signRegistration(of, { session, unlock: () => ownKey.unlock(passphrase) }))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    register.mutate()
  }
  return (
    <form onSubmit={submit} aria-label={`Register ${of.userName}`}>
      <div className="form-grid">
        <KeyField ownKey={ownKey} passphrase={passphrase} change={setPassphrase} />
      </div>
      <Button type="submit" mt="sm" loading={register.isPending}>
        It is the same: register, signed
      </Button>
      {register.error !== null && <ProblemNotice error={register.error} />}
    </form>
  )
}

type Role = NonNullable<NewInvitation['roles']>[number]

const ROLES: readonly Role[] = ['viewer', 'operator', 'approver', 'administrator', 'auditor']
const NOBODY = { userName: '', displayName: '', roles: [] as Role[] }

function InviteForm() {
  const [fields, setFields] = useState(NOBODY)
  const invite = useChange(async () => {
    const { roles } = fields
    // What the login itself may follows from the roles: one beyond it would count for nothing.
    const login = { mayApprove: roles.includes('approver'), mayAdminister: roles.includes('administrator') }
    const body: NewInvitation = { ...fields, ...login }
    const { secret } = await write<{ readonly secret: string }>('POST', '/api/invitations', body)
    setFields(NOBODY)
    return { address: `${window.location.origin}/invitation#${secret}`, name: fields.displayName }
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    invite.mutate()
  }
  return (
    <form onSubmit={submit} aria-label="Invite somebody" className="more">
      <div className="form-grid">
        <TextInput
          label="Full name"
          required
          maxLength={200}
          value={fields.displayName}
          onChange={(event) => setFields({ ...fields, displayName: event.currentTarget.value })}
        />
        <TextInput
          label="User name"
          description="what they sign in with"
          required
          maxLength={64}
          value={fields.userName}
          onChange={(event) => setFields({ ...fields, userName: event.currentTarget.value })}
        />
      </div>
      <Checkbox.Group
        label="Roles"
        value={fields.roles}
        onChange={(roles) => setFields({ ...fields, roles: ROLES.filter((each) => roles.includes(each)) })}
        mt="sm"
      >
        <div className="choices">
          {ROLES.map((role) => (
            <Checkbox key={role} value={role} label={role} />
          ))}
        </div>
      </Checkbox.Group>
      <Button type="submit" variant="default" mt="sm" loading={invite.isPending}>
        Make the link
      </Button>
      {invite.data !== undefined && (
        <div role="status">
          <Text size="sm" mt="sm">
            Shown this once, and good for seven days. Give it to {invite.data.name}: they make a key and a
            password in their own browser, and you register the key here.
          </Text>
          <Copyable text={invite.data.address} label="Link of the invitation" />
        </div>
      )}
      {invite.error !== null && <ProblemNotice error={invite.error} />}
    </form>
  )
}
