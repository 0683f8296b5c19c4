/** The audit chain: who did what, looked through by filters that live in the address, as a file, and verified. */
import './around.css'
import { Button, Text } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { AuditHit } from '../../../src/server/api-types.ts'
import { read } from '../api/client.ts'
import { auditExportPath, auditQuery, type ChainVerdict } from '../api/queries.ts'
import { Exact } from '../parts/exact.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page, Part } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'
import { withoutWorkspace } from '../session/workspaces.ts'
import { AuditFilters } from './audit-filters.tsx'

const route = getRouteApi('/inside/audit')

/** The page. */
export function AuditPage() {
  const search = withoutWorkspace(route.useSearch())
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditQuery(search),
  )
  return (
    <Page
      title="Audit"
      about="Each change, chained by its digest to the one before; nobody can take one out unseen."
    >
      <Verify />
      <AuditFilters />
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && (
        <Links
          links={data.pages.flatMap((page) => page.items)}
          lookedTo={data.pages.at(-1)?.next ?? null}
          more={hasNextPage ? () => void fetchNextPage() : null}
          busy={isFetchingNextPage}
        />
      )}
    </Page>
  )
}

interface LinksOf {
  readonly links: readonly AuditHit[]
  /** Older ones are not looked through yet; null: there are none. */
  readonly lookedTo: number | null
  readonly more: (() => void) | null
  readonly busy: boolean
}

function Links({ links, lookedTo, more, busy }: LinksOf) {
  const search = withoutWorkspace(route.useSearch())
  const isFiltered = Object.keys(search).length > 0
  return (
    <Part title="Links, newest first">
      {isFiltered && (
        <p>
          <a href={auditExportPath(search)} download>
            Download what is looked for
          </a>
        </p>
      )}
      {links.length === 0 ? (
        <Nothing lookedTo={lookedTo} />
      ) : (
        <ul className="rows" aria-label="Links of the chain">
          {links.map((link) => (
            <ChainLink key={link.seq} link={link} />
          ))}
        </ul>
      )}
      {more !== null && (
        <Button variant="default" mt="md" onClick={more} loading={busy}>
          {isFiltered ? 'Look further back' : 'Show more'}
        </Button>
      )}
      {isFiltered && lookedTo !== null && (
        <Text size="sm" className="quiet" role="status">
          Looked through back to link {lookedTo.toLocaleString()}.
        </Text>
      )}
    </Part>
  )
}

function Nothing({ lookedTo }: { readonly lookedTo: number | null }) {
  return (
    <EmptyState title={lookedTo === null ? 'No link is like that' : 'No link is like that so far'}>
      {lookedTo === null ? 'Everything was looked through. ' : 'Older links are not looked through yet. '}
      <Link to="/audit" search={{}}>
        Show the newest links
      </Link>
    </EmptyState>
  )
}

function Verify() {
  const verify = useMutation({ mutationFn: () => read<ChainVerdict>('/api/audit/verification') })
  return (
    <Part title="Is it whole?">
      <div className="buttons">
        <Button variant="default" onClick={() => verify.mutate()} loading={verify.isPending}>
          Verify the whole chain
        </Button>
        <Button variant="default" component="a" href={auditExportPath({})} download>
          Download the whole chain
        </Button>
      </div>
      <Text size="xs" className="quiet" mt="xs">
        Whoever has the file checks it anywhere, without this server: <code>dbmedic audit verify FILE</code>
      </Text>
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
            Broken{verify.data.firstBadSeq === null ? '' : ` at link ${verify.data.firstBadSeq}`}:{' '}
            {verify.data.problem}
          </Text>
        )}
      </div>
      {verify.error !== null && <ProblemNotice error={verify.error} />}
    </Part>
  )
}

function ChainLink({ link }: { readonly link: AuditHit }) {
  const { seq, who, role, kind, key, op } = link
  return (
    <li>
      <details className="row">
        <summary className="line">
          <span className="break">
            <strong>#{seq}</strong> {kind === '' ? 'cannot be read' : wordsOf(kind)} {key}{' '}
            {op === 'update' ? 'changed' : 'added'} by {who ?? role}
          </span>
          <span className="quiet">
            <Time at={link.at} />
          </span>
        </summary>
        <Exact text={readable(link.canonical)} label={`Content of link ${seq}`} />
        <Text size="xs" className="quiet break">
          written by {role === '' ? 'nobody it names' : role}, digest {link.rowHash}
        </Text>
      </details>
    </li>
  )
}

/** On several lines; as it stands where it is no JSON. */
function readable(canonical: string): string {
  try {
    return JSON.stringify(JSON.parse(canonical), null, 2)
  } catch {
    return canonical
  }
}
