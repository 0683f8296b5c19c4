/** Which workspace the page is of, and the way to the others: for who has several. */
import { Button, Popover, Text } from '@mantine/core'
import { useLocation } from '@tanstack/react-router'
import { shownWorkspace } from '../api/workspace.ts'
import { useOwnWorkspaces } from '../session/workspaces.ts'

/** The same place in another workspace: its list or its form, because what it shows one of is not there. */
export const pageIn = (path: string, workspaceId: number): string =>
  `/${path.split('/', 2)[1] ?? ''}?workspace=${workspaceId}`

/** The choice. Where it leads to is loaded anew: nothing of one workspace is kept for another. */
export function WorkspaceMenu() {
  const own = useOwnWorkspaces()
  const path = useLocation({ select: ({ pathname }) => pathname })
  const shown = own.find(({ workspaceId }) => workspaceId === shownWorkspace())
  if (own.length < 2 || shown === undefined) return null
  return (
    <Popover position="bottom-start" width={260} withArrow shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          className="workspace"
          rightSection={<span aria-hidden="true">▾</span>}
          aria-label={`Workspace ${shown.workspaceName}: choose another`}
        >
          <span className="wide-only quiet">Workspace&nbsp;</span>
          {shown.workspaceName}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <nav aria-label="Workspaces">
          <Text fw={600} mb={4}>
            Workspaces
          </Text>
          <ul className="plain">
            {own.map(({ workspaceId, workspaceName }) => (
              <li key={workspaceId}>
                <a
                  className="place break"
                  href={pageIn(path, workspaceId)}
                  aria-current={workspaceId === shown.workspaceId ? 'page' : undefined}
                >
                  {workspaceName}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </Popover.Dropdown>
    </Popover>
  )
}
