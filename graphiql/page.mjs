import { createElement, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import './page.css';
import { fetcher } from './fetcher.ts';
import { firstTabs } from './first-tabs.ts';
import { layoutStorage } from './layout-storage.ts';
import { heldToken } from './held-token.ts';

// Each is a file of its own beside the page: scripts/bundle-graphiql.mjs fills in what they are called.
const workers = WORKERS;
globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(new URL(workers[label] ?? workers.editor, import.meta.url)),
};

/** Below the answer: whose token operations are sent with. */
function TokenLine() {
  const token = useSyncExternalStore(heldToken.onChange, heldToken.read);
  const forget = createElement('button', { type: 'button', onClick: heldToken.forget }, 'Forget it');
  return createElement(
    'div',
    { className: 'token', role: 'status' },
    ...(token
      ? [
          createElement('span', null, 'The access token of the last answer is sent along, unless Headers have one.'),
          forget,
        ]
      : ['No access token is held. Run Register or LogIn, or write { "authorization": "Bearer …" } into Headers.']),
  );
}

const tabs = await firstTabs();

createRoot(document.getElementById('graphiql')).render(
  createElement(
    GraphiQL,
    {
      fetcher,
      defaultTabs: tabs,
      // The first tab is shown before it is read.
      initialVariables: tabs[0].variables,
      storage: layoutStorage,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: true,
    },
    createElement(GraphiQL.Logo, null, 'Lethe'),
    createElement(GraphiQL.Footer, null, createElement(TokenLine)),
  ),
);
