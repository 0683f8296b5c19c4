/** Tokens for scripts: what each may, until when, and its secret, shown once. */
import { Button, Checkbox, NumberInput, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { tokensQuery } from '../../api/around.ts'
import { write } from '../../api/client.ts'
import { secondFactorQuery } from '../../api/queries.ts'
import { shownWorkspace } from '../../api/workspace.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { EmptyState, ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { type Right, useRights } from '../../session/rights.ts'
import { API_REFERENCE } from '../../shell/places.ts'
import { OwnProofFields, useOwnProof } from './own-proof.tsx'
import { TokenRow } from './token-row.tsx'

const SCOPES: readonly { readonly scope: Right; readonly words: string }[] = [
  { scope: 'read', words: 'read: the pipeline' },
  { scope: 'metrics', words: 'metrics: for Prometheus' },
  { scope: 'audit', words: 'audit: the chain, people' },
  { scope: 'report', words: 'report: errors, from applications' },
  { scope: 'ask', words: 'ask: requests, another proposal' },
  { scope: 'stop', words: 'stop: stop switches, cancel' },
  { scope: 'release', words: 'release: lift stops, reviews' },
  { scope: 'vote', words: 'vote: low and medium risk, with a signature of your key; never high' },
]

/** The part. */
export function TokensPart() {
  const { data, error, refetch } = useQuery(tokensQuery)
  return (
    <Part title="Tokens for scripts">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data?.length === 0 && (
        <EmptyState title="You have no token">
          A script sends one as <code>Authorization: Bearer</code>. It never may more than you.
        </EmptyState>
      )}
      <ul className="plain reviews">
        {(data ?? []).map((token) => (
          <li key={token.tokenId} className="line">
            <TokenRow of={token} path={`/api/tokens/${token.tokenId}`} shownIn={tokensQuery.queryKey} />
          </li>
        ))}
      </ul>
      <NewToken />
      <Text size="sm" mt="sm">
        What a script can ask: <a href={API_REFERENCE}>every address of the API</a>
      </Text>
    </Part>
  )
}

function NewToken() {
  const { may } = useRights()
  const cache = useQueryClient()
  const [tokenName, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>(['read'])
  const [days, setDays] = useState(90)
  const proof = useOwnProof()
  const { data: factor } = useQuery(secondFactorQuery)
  const make = useMutation({
    mutationFn: () =>
      write<{ readonly token: string }>('POST', '/api/tokens', {
        workspace: shownWorkspace(),
        tokenName,
        scopes,
        days,
        ...proof.body,
      }),
    onSuccess: () => {
      setName('')
      proof.forget()
      return cache.invalidateQueries({ queryKey: ['tokens'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    make.mutate()
  }
  return (
    <form onSubmit={submit} className="more">
      <div className="form-grid">
        <TextInput
          label="Name of a new token"
          description="what it is for"
          required
          maxLength={100}
          value={tokenName}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NumberInput
          label="Days"
          description="at most 366"
          min={1}
          max={366}
          allowDecimal={false}
          value={days}
          onChange={(value) => setDays(Number(value) || 1)}
        />
      </div>
      <Checkbox.Group label="What it may" value={scopes} onChange={setScopes} mt="sm">
        <div className="choices column">
          {SCOPES.filter(({ scope }) => may(scope)).map(({ scope, words }) => (
            <Checkbox key={scope} value={scope} label={words} />
          ))}
        </div>
      </Checkbox.Group>
      <div className="form-grid">
        <OwnProofFields of={proof} withCode={factor?.set === true} />
      </div>
      <Button type="submit" variant="default" mt="sm" loading={make.isPending} disabled={scopes.length === 0}>
        Make the token
      </Button>
      {make.data !== undefined && (
        <div role="status">
          <Text size="sm" mt="sm">
            Shown this once. Keep it where the script reads it, in a file of mode 600:
          </Text>
          <Copyable text={make.data.token} label="Secret of the new token" />
        </div>
      )}
      {make.error !== null && <ProblemNotice error={make.error} />}
    </form>
  )
}
