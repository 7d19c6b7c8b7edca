// The layout of the console: the list of orders and, next to it, the open order. On a narrow screen the open order
// replaces the list.

import { useEffect, useState } from 'react';
import { useLiveUpdates } from './data/live-updates.ts';
import { useIdentity } from './data/queries.ts';
import { OrderDetail } from './detail/order-detail.tsx';
import { CreateOrderDialog } from './form/create-order-dialog.tsx';
import { OrderList } from './list/order-list.tsx';
import { useFocusAfterNavigation } from './navigation/focus.ts';
import { useRoute } from './navigation/route.ts';
import { describeMissingScope } from './session/scopes.ts';
import { serviceUrl } from './session/service-url.ts';
import { useSession } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { SignedInUser } from './session/signed-in-user.tsx';
import { ButtonWithReason } from './ui/button-with-reason.tsx';
import { ConnectionBanner } from './ui/connection-banner.tsx';
import { Logo, PlusIcon } from './ui/icons.tsx';

/** The console: the sign-in dialog when a token is required, with the orders behind it. */
export function ConsoleApp() {
  const { subject, signInPrompt } = useSession();
  // After a token expires, the page stays mounted behind the dialog, so that a form keeps its input.
  const showsOrders = signInPrompt === undefined || subject !== null;
  return (
    <>
      {showsOrders && <Orders key={subject} />}
      {signInPrompt && <SignIn />}
    </>
  );
}

function Orders() {
  const route = useRoute();
  const [isCreating, setIsCreating] = useState(false);
  useFocusAfterNavigation(route.orderId);
  useLiveUpdates();
  useEffect(() => {
    document.title = route.orderId === null ? 'Orders' : `Order ${route.orderId} · Orders`;
  }, [route.orderId]);
  return (
    <div className="flex min-h-dvh flex-col lg:h-dvh">
      <Header onCreate={() => setIsCreating(true)} />
      <ConnectionBanner />
      <main className="flex min-h-0 flex-1">
        <div className={`min-w-0 flex-1 ${route.orderId === null ? '' : 'max-lg:hidden'}`}>
          <OrderList status={route.status} openId={route.orderId} />
        </div>
        {route.orderId !== null && <OrderDetail key={route.orderId} orderId={route.orderId} status={route.status} />}
      </main>
      {isCreating && <CreateOrderDialog onClose={() => setIsCreating(false)} />}
    </div>
  );
}

function Header({ onCreate }: { onCreate: () => void }) {
  const identity = useIdentity();
  return (
    <header className="relative flex h-12 shrink-0 items-center gap-2.5 border-b border-line bg-sunken px-4">
      <Logo />
      <h1 className="font-semibold">Orders</h1>
      <a className="ml-auto rounded px-2 py-1 text-muted hover:text-ink" href={`${serviceUrl}docs`}>
        API
      </a>
      <SignedInUser />
      <ButtonWithReason
        kind="primary"
        disabledReason={describeMissingScope('create', identity)}
        placement="below"
        onPress={onCreate}
      >
        <PlusIcon />
        New order
      </ButtonWithReason>
    </header>
  );
}
