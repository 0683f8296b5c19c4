/** People of the workspace: what each login may, the roles it holds, a way in, and a way out. */
import { Badge, Button, Checkbox, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Person } from '../../../../src/server/api-types.ts'
import { peopleQuery } from '../../api/around.ts'
import { read, write } from '../../api/client.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { EmptyState, ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { useRights } from '../../session/rights.ts'
import { ErasePart } from './erase-part.tsx'
import { InvitationsPart } from './invitations-part.tsx'
import { LoginPart } from './login-form.tsx'
import { TokensOf } from './tokens-of.tsx'
import { WorkspacesPart } from './workspaces-part.tsx'

type Role = Person['roles'][number]

const ROLES: readonly { readonly role: Role; readonly may: string }[] = [
  { role: 'viewer', may: 'sees' },
  { role: 'operator', may: 'asks, stops' },
  { role: 'approver', may: 'votes, lifts stops, reviews' },
  { role: 'administrator', may: 'people, switches' },
  { role: 'auditor', may: 'sees all, changes nothing' },
]

/** The part. */
export function PeoplePart() {
  const { data, error, refetch } = useQuery(peopleQuery)
  const { may, mayForAll } = useRights()
  // Who audits the first workspace is told of every login.
  const mayName = may('administer') && !mayForAll('audit')
  return (
    <>
      <Part title="People">
        <Text size="sm" mb="sm">
          {ROLES.map(({ role, may }) => `${role}: ${may}`).join(' · ')}
        </Text>
        {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
        {data === undefined && error === null && <Reading />}
        {data?.length === 0 && <EmptyState title="Nobody has a role here">Invite somebody below.</EmptyState>}
        <ul className="plain reviews">
          {(data ?? []).map((person) => (
            <li key={person.userName}>
              <PersonRow person={person} />
            </li>
          ))}
        </ul>
        {mayName && <ByName listed={data ?? []} />}
      </Part>
      <InvitationsPart />
      <WorkspacesPart />
    </>
  )
}

/** A login that has no role here yet is found by its whole name, and by nothing else. */
function ByName({ listed }: { readonly listed: readonly Person[] }) {
  const [name, setName] = useState('')
  const find = useMutation({
    mutationFn: (userName: string) => read<Person>(`/api/people/${encodeURIComponent(userName)}`),
  })
  const found = find.data
  const isListed = listed.some(({ userName }) => userName === found?.userName)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    find.mutate(name.trim())
  }
  return (
    <>
      <form onSubmit={submit} className="more" aria-label="Give somebody else a role">
        <div className="form-grid">
          <TextInput
            label="Login of somebody without a role here"
            description="The whole name, as they sign in with it."
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <Button type="submit" variant="default" mt="sm" loading={find.isPending}>
          Find them
        </Button>
      </form>
      <div role="status">
        {found !== undefined && isListed && <Text size="sm">{found.userName} is in the list above.</Text>}
      </div>
      {found !== undefined && !isListed && <PersonRow person={found} />}
      {find.error !== null && <ProblemNotice error={find.error} />}
    </>
  )
}

function PersonRow({ person }: { readonly person: Person }) {
  const { session } = useRights()
  const isOwn = session?.userName.toLowerCase() === person.userName.toLowerCase()
  return (
    <>
      <div className="line">
        <span>
          <strong>{person.displayName}</strong> <span className="quiet">{person.userName}</span>{' '}
          {!person.active && (
            <Badge color="gray" radius="sm" className="code-badge">
              {person.erasedAt === null ? 'Shut out' : 'Erased'}
            </Badge>
          )}
          {isOwn && <span className="quiet"> (you)</span>}
        </span>
        <span className="quiet">
          {signedRights(person)}
          {proofsText(person)}
        </span>
      </div>
      {person.erasedAt === null && <Changes person={person} isOwn={isOwn} />}
    </>
  )
}

/** What can be changed of somebody who was not erased. */
function Changes({ person, isOwn }: { readonly person: Person; readonly isOwn: boolean }) {
  const { may, mayForAll, session } = useRights()
  const administers = mayForAll('administer') && !isOwn
  return (
    <>
      <Roles person={person} isFixed={!may('administer')} />
      {administers && person.active && <WaysIn person={person} />}
      {!isOwn && <TokensOf person={person} mayRevoke={may('administer')} />}
      {administers && session !== undefined && <LoginPart person={person} session={session} />}
      {administers && !person.active && <ErasePart person={person} />}
    </>
  )
}

/** What an administrator signed for the login itself; a role beyond it counts for nothing. */
function signedRights({ mayApprove, mayAdminister, keyId }: Person): string {
  const rights = [...(mayApprove ? ['approve'] : []), ...(mayAdminister ? ['administer'] : [])]
  const key = keyId === null ? ', has no key' : ''
  return rights.length === 0
    ? `login without further rights${key}`
    : `login may ${rights.join(' and ')}${key}`
}

function Roles({ person, isFixed }: { readonly person: Person; readonly isFixed: boolean }) {
  const cache = useQueryClient()
  const change = useMutation({
    mutationFn: ({ role, held }: { readonly role: Role; readonly held: boolean }) =>
      write<undefined>('PUT', `/api/people/${encodeURIComponent(person.userName)}/roles/${role}`, { held }),
    onSettled: () => cache.invalidateQueries({ queryKey: ['people'] }),
  })
  const holds = (role: Role): boolean =>
    change.isPending && change.variables.role === role ? change.variables.held : person.roles.includes(role)
  const idle = (role: Role): boolean =>
    person.roles.includes(role) &&
    ((role === 'approver' && !(person.mayApprove && person.keyId !== null)) ||
      (role === 'administrator' && !person.mayAdminister))
  return (
    <fieldset className="choices bare" aria-label={`Roles of ${person.displayName}`}>
      {ROLES.map(({ role }) => (
        <Checkbox
          key={role}
          label={idle(role) ? `${role} (counts for nothing: the login has not the right)` : role}
          checked={holds(role)}
          disabled={isFixed || change.isPending}
          onChange={(event) => change.mutate({ role, held: event.currentTarget.checked })}
        />
      ))}
      {change.error !== null && <ProblemNotice error={change.error} />}
    </fieldset>
  )
}

/** What a login proves itself with, in words; empty where that is not told. */
function proofsText({ hasSecondFactor, passkeys }: Person): string {
  if (hasSecondFactor === null || passkeys === null) return ''
  const keys = passkeys === 1 ? 'a passkey' : `${passkeys} passkeys`
  return `, ${hasSecondFactor ? 'second factor' : 'no second factor'}${passkeys > 0 ? `, ${keys}` : ''}`
}

interface Sure {
  readonly label: string
  readonly sure: string
  readonly path: string
  readonly done: () => void
}

/** Asked for once more before it is done. */
function SureButton({ label, sure, path, done }: Sure) {
  const cache = useQueryClient()
  const [isSure, setSure] = useState(false)
  const change = useMutation({
    mutationFn: () => write<undefined>('DELETE', path),
    onSuccess: done,
    onSettled: () => {
      setSure(false)
      return cache.invalidateQueries({ queryKey: peopleQuery.queryKey })
    },
  })
  return (
    <>
      <Button
        size="compact-sm"
        variant={isSure ? 'filled' : 'default'}
        color={isSure ? 'red' : undefined}
        loading={change.isPending}
        onClick={() => (isSure ? change.mutate() : setSure(true))}
        onBlur={() => setSure(false)}
      >
        {isSure ? sure : label}
      </Button>
      {change.error !== null && <ProblemNotice error={change.error} />}
    </>
  )
}

function WaysIn({ person }: { readonly person: Person }) {
  const path = `/api/people/${encodeURIComponent(person.userName)}`
  const [done, setDone] = useState('')
  const link = useMutation({ mutationFn: () => write<{ readonly secret: string }>('POST', `${path}/link`) })
  const address = link.data === undefined ? null : `${window.location.origin}/link#${link.data.secret}`
  return (
    <div className="buttons">
      <Button size="compact-sm" variant="default" loading={link.isPending} onClick={() => link.mutate()}>
        Link to set a password
      </Button>
      <SureButton
        label="Sign out everywhere"
        sure="Yes, sign them out everywhere"
        done={() => setDone('Signed out everywhere.')}
        path={`${path}/sessions`}
      />
      {person.hasSecondFactor === true && (
        <SureButton
          label="Remove the second factor"
          sure="Yes, remove it and sign them out"
          done={() => setDone('Removed. The password alone signs them in until they set another.')}
          path={`${path}/second-factor`}
        />
      )}
      {(person.passkeys ?? 0) > 0 && (
        <SureButton
          label="Remove all passkeys"
          sure="Yes, remove them and sign them out"
          done={() => setDone('Removed. They sign in with the password until they make others.')}
          path={`${path}/passkeys`}
        />
      )}
      <div role="status">{done !== '' && <Text size="sm">{done}</Text>}</div>
      {address !== null && (
        <div className="wide">
          <Text size="sm">
            Shown this once; it works once, for two days. Whoever has it sets the password:
          </Text>
          <Copyable text={address} label={`One-time link for ${person.displayName}`} />
        </div>
      )}
      {link.error !== null && <ProblemNotice error={link.error} />}
    </div>
  )
}
