/** What a person keeps for themselves: password, second factor, passkeys, signed-in browsers, tokens for scripts. */
import { Button, PasswordInput, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { browsersQuery, type SignedInBrowser, workspacesQuery } from '../../api/around.ts'
import { write } from '../../api/client.ts'
import { passkeysQuery } from '../../api/queries.ts'
import { ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Facts, Part } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { useRights } from '../../session/rights.ts'
import { nameOf } from '../../session/workspaces.ts'
import { PasskeysPart } from './passkeys-part.tsx'
import { SecondFactorPart } from './second-factor-part.tsx'
import { TokensPart } from './tokens-part.tsx'

/** The parts. */
export function AccountPart() {
  return (
    <>
      <Who />
      <Password />
      <SecondFactorPart />
      <PasskeysPart />
      <Browsers />
      <TokensPart />
      <Kept />
    </>
  )
}

function Who() {
  const { session } = useRights()
  const { data: named } = useQuery(workspacesQuery)
  if (session === undefined) return <Reading />
  const roles = session.roles.map((held) => `${held.role} in ${nameOf(named ?? [], held.workspaceId)}`)
  return (
    <Part title="Who you are">
      <Facts
        of={[
          ['Name', `${session.displayName} (${session.userName})`],
          ['Roles', roles.length === 0 ? 'none yet: an administrator gives them' : roles.join(', ')],
          ['Signing key', session.keyId === null ? 'none: you cannot vote' : session.keyId],
          ['This session ends', <Time key="ends" at={session.expiresAt} />],
        ]}
      />
    </Part>
  )
}

function Password() {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const cache = useQueryClient()
  const change = useMutation({
    mutationFn: () => write<undefined>('PUT', '/api/password', { current, password }),
    onSuccess: () => {
      setCurrent('')
      setPassword('')
      return cache.invalidateQueries({ queryKey: ['browsers'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Part title="Password">
      <form onSubmit={submit}>
        <div className="form-grid">
          <PasswordInput
            label="Password now"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label="New password"
            autoComplete="new-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        </div>
        <Button type="submit" variant="default" mt="sm" loading={change.isPending}>
          Change it
        </Button>
        <div role="status">{change.isSuccess && <Changed />}</div>
        {change.error !== null && <ProblemNotice error={change.error} />}
      </form>
    </Part>
  )
}

/** A changed password ends browsers only: what else opens the account stays, and is named. */
function Changed() {
  const { data } = useQuery(passkeysQuery)
  const names = (data?.items ?? []).map(({ passkeyName }) => passkeyName)
  return (
    <Text size="sm">
      Changed. Every other browser of yours is signed out.{' '}
      {names.length > 0 && (
        <>
          {names.length === 1 ? 'A passkey still signs you in' : `${names.length} passkeys still sign you in`}
          : {names.join(', ')}. Remove below what is not yours.
        </>
      )}
    </Text>
  )
}

/** The server names the file; nothing of it is kept in the page. */
function Kept() {
  return (
    <Part title="What is kept of you">
      <Text size="sm" mb="sm">
        Every row that is of you or names a login of yours, as JSON, without secrets: when and from where you
        signed in, what you asked for, decided and wrote. Links of the audit chain are in it if you may read
        the chain. An administrator can erase you; what you decided stays under the login.
      </Text>
      <Button variant="default" component="a" href="/api/records" download>
        Download it
      </Button>
    </Part>
  )
}

function Browsers() {
  const { data, error, refetch } = useQuery(browsersQuery)
  return (
    <Part title="Signed-in browsers">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      <ul className="plain reviews">
        {(data ?? []).map((browser) => (
          <li key={browser.sessionDigest} className="line">
            <BrowserRow of={browser} />
          </li>
        ))}
      </ul>
      <SignOutEverywhere />
    </Part>
  )
}

/** Ends this one too: what was read in it goes with the page. */
function SignOutEverywhere() {
  const [isSure, setSure] = useState(false)
  const out = useMutation({
    mutationFn: () => write<undefined>('DELETE', '/api/sessions'),
    onSuccess: () => window.location.assign('/sign-in'),
  })
  return (
    <>
      <Button
        size="compact-sm"
        mt="sm"
        variant={isSure ? 'filled' : 'default'}
        color={isSure ? 'red' : undefined}
        loading={out.isPending || out.isSuccess}
        onClick={() => (isSure ? out.mutate() : setSure(true))}
        onBlur={() => setSure(false)}
      >
        {isSure ? 'Yes, end all of them, this one too' : 'Sign out everywhere'}
      </Button>
      {out.error !== null && <ProblemNotice error={out.error} />}
    </>
  )
}

function BrowserRow({ of }: { readonly of: SignedInBrowser }) {
  const cache = useQueryClient()
  const end = useMutation({
    mutationFn: () => write<undefined>('DELETE', `/api/sessions/${of.sessionDigest}`),
    onSettled: () => cache.invalidateQueries({ queryKey: ['browsers'] }),
  })
  return (
    <>
      <span>
        <span className="break">{of.userAgent === '' ? 'a browser without a name' : of.userAgent}</span>
        <div className="quiet">
          from {of.address}, last seen <Time at={of.lastSeenAt} />
        </div>
        {end.error !== null && <ProblemNotice error={end.error} />}
      </span>
      {of.current ? (
        <strong>This one</strong>
      ) : (
        <Button size="compact-sm" variant="default" loading={end.isPending} onClick={() => end.mutate()}>
          Sign it out
        </Button>
      )}
    </>
  )
}
