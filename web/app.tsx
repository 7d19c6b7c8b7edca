// The page: a list of orders, beside it the one that is open. On a narrow screen the open order takes the list's place.

import { useEffect, useState } from 'react';
import { OrderDetail } from './detail/order-detail.tsx';
import { CreateOrderDialog } from './form/create-order-dialog.tsx';
import { OrderList } from './list/order-list.tsx';
import { useFocusAfterNavigation } from './location/focus.ts';
import { useRoute } from './location/route.ts';
import { Button } from './ui/button.tsx';
import { ConnectionBanner } from './ui/connection-banner.tsx';
import { Logo, PlusIcon } from './ui/icons.tsx';

export function App() {
  const route = useRoute();
  const [isCreating, setIsCreating] = useState(false);
  useFocusAfterNavigation(route.orderId);
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
  return (
    <header className="flex h-12 shrink-0 items-center gap-2.5 border-b border-line bg-sunken px-4">
      <Logo />
      <h1 className="font-semibold">Orders</h1>
      <a className="ml-auto rounded px-2 py-1 text-muted hover:text-ink" href="/docs">
        API
      </a>
      <Button kind="primary" onPress={onCreate}>
        <PlusIcon />
        New order
      </Button>
    </header>
  );
}
