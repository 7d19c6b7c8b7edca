# The service in a container:
#
#   docker build -t orders .
#   docker run -p 8000:8000 -v orders:/data -e AUTH=off orders
#
# In a container the service listens on all addresses, which requires a key for tokens (-e JWT_SECRET=…) or an explicit
# AUTH=off. With AUTH=off it accepts requests addressed to localhost, and to the names in ALLOWED_HOSTS.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY client/package.json client/
COPY test/foreign-clients/package.json test/foreign-clients/
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY client/package.json client/
COPY test/foreign-clients/package.json test/foreign-clients/
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
# Memory settings, here and in the command line of node. A test compares them with those of `npm start`.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 HOST=0.0.0.0 PORT=8000 DATABASE_URL=sqlite:/data/orders.db
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY contract contract
COPY server server
COPY --from=build /app/web/dist web/dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "--import", "./server/cli/require-node-24.js", "server/main.ts"]
