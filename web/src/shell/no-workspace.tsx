/** In place of a page, for who may look at no workspace, or not at the one the address names. */
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { sessionQuery } from '../api/queries.ts'
import { EmptyState } from '../parts/notices.tsx'
import { Page } from '../parts/page.tsx'
import { useOwnWorkspaces } from '../session/workspaces.ts'
import { pageIn } from './workspace-menu.tsx'

/** What to do next. */
export function NoWorkspace({ named }: { readonly named: string | undefined }) {
  const own = useOwnWorkspaces()
  const { data: session, refetch, isFetching } = useQuery(sessionQuery)
  const again = (
    <Button size="compact-sm" variant="default" mt="xs" loading={isFetching} onClick={() => void refetch()}>
      Look again
    </Button>
  )
  if (own.length > 0)
    return (
      <Page title="Not your workspace">
        <EmptyState title={`You have no role in workspace ${named ?? ''}`}>
          An administrator of it can give you one. Yours:
          <ul className="plain">
            {own.map(({ workspaceId, workspaceName }) => (
              <li key={workspaceId}>
                <a href={pageIn('/', workspaceId)}>{workspaceName}</a>
              </li>
            ))}
          </ul>
          {again}
        </EmptyState>
      </Page>
    )
  return (
    <Page title="No workspace yet">
      <EmptyState title="You have no role in any workspace">
        An administrator gives you one under Settings, People, or at the command line:{' '}
        <code>dbmedic users give {session?.userName} viewer</code>. Your password, passkeys and browsers are
        under <Link to="/settings">your account</Link>.<div>{again}</div>
      </EmptyState>
    </Page>
  )
}
