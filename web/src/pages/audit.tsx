/** The audit chain: each change of the pipeline, in order, and whether the chain is whole. */
import { Button, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { AuditRow } from '../../../src/server/api-types.ts'
import { read } from '../api/client.ts'
import { auditQuery, type ChainVerdict } from '../api/queries.ts'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Exact, Page, Part } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'

const route = getRouteApi('/inside/audit')
const LINKS = 100

/** The page. */
export function AuditPage() {
  const from = Math.max(1, Number.parseInt(route.useSearch().from ?? '1', 10) || 1)
  const { data, error, refetch } = useQuery(auditQuery(from))
  const before = Math.max(1, from - LINKS)
  return (
    <Page
      title="Audit"
      about="Each change, chained by its digest to the one before; nobody can take one out unseen."
    >
      <Verify />
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && (
        <Part title="Links">
          {data.items.length === 0 ? (
            <EmptyState title="No link has this number">
              <Link to="/audit" search={{}}>
                Begin with the first
              </Link>
            </EmptyState>
          ) : (
            <ul className="rows" aria-label="Links of the chain">
              {data.items.map((row) => (
                <ChainLink key={row.seq} row={row} />
              ))}
            </ul>
          )}
          <nav className="pager" aria-label="Links of the chain">
            {from > 1 && (
              <Link to="/audit" search={before === 1 ? {} : { from: String(before) }}>
                Earlier
              </Link>
            )}
            {data.next !== null && (
              <Link to="/audit" search={{ from: String(data.next) }}>
                Later
              </Link>
            )}
            {data.newest > 0 && (
              <Link to="/audit" search={{ from: String(Math.max(1, data.newest - LINKS + 1)) }}>
                Newest
              </Link>
            )}
          </nav>
        </Part>
      )}
    </Page>
  )
}

function Verify() {
  const verify = useMutation({ mutationFn: () => read<ChainVerdict>('/api/audit/verification') })
  return (
    <Part title="Is it whole?">
      <Button variant="default" onClick={() => verify.mutate()} loading={verify.isPending}>
        Verify the whole chain
      </Button>
      <div role="status">
        {verify.data?.ok === true && (
          <>
            <Text className="call">
              Whole: {verify.data.rows.toLocaleString()} links, each as it was written.
            </Text>
            <Exact text={verify.data.head} label="Digest of the newest link" />
          </>
        )}
        {verify.data?.ok === false && (
          <Text className="call call-warning">
            Broken at link {verify.data.firstBadSeq}: {verify.data.problem}
          </Text>
        )}
      </div>
      {verify.error !== null && <ProblemNotice error={verify.error} />}
    </Part>
  )
}

interface Entry {
  readonly table: string
  readonly key: string | number
  readonly op: string
}

function ChainLink({ row }: { readonly row: AuditRow }) {
  const content = JSON.parse(row.canonical) as { readonly entry?: Partial<Entry> }
  const { table = 'link', key = '', op = '' } = content.entry ?? {}
  return (
    <li>
      <details className="row">
        <summary className="line">
          <span>
            <strong>#{row.seq}</strong> {wordsOf(table)} {key} {op === 'update' ? 'changed' : 'added'}
          </span>
          <span className="quiet">
            <Time at={row.at} />
          </span>
        </summary>
        <Exact text={JSON.stringify(content, null, 2)} label={`Content of link ${row.seq}`} />
        <Text size="xs" className="quiet break">
          digest {row.rowHash}
        </Text>
      </details>
    </li>
  )
}
