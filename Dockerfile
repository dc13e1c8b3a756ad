# One image for web, worker, beat and the one-shot migration. Python as in the tests; packages from the lock only.
FROM python:3.11.14-slim-bookworm AS packages
RUN python -m venv /opt/footwork
COPY requirements.lock /tmp/
RUN /opt/footwork/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r /tmp/requirements.lock

# The programs of a backup, as new as the server; with the libraries they need, of the same Debian as below.
FROM postgres:18.4-bookworm AS postgresql
RUN mkdir -p /client/bin /client/lib \
    && cp /usr/lib/postgresql/18/bin/pg_dump /usr/lib/postgresql/18/bin/pg_restore /client/bin/ \
    && ldd /client/bin/* | awk '$3 ~ "^/" { print $3 }' | sort -u | grep -v -E '/(libc|libm|libresolv)\.so' \
    | xargs cp --dereference --target-directory=/client/lib

FROM python:3.11.14-slim-bookworm
ENV PATH=/opt/footwork/bin:$PATH \
    PG_BIN=/opt/postgresql/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/footwork/staticfiles
COPY --from=postgresql /client /opt/postgresql
RUN apt-get update && apt-get install --yes --no-install-recommends age gpg && rm -rf /var/lib/apt/lists/* \
    && echo /opt/postgresql/lib > /etc/ld.so.conf.d/zz-postgresql.conf && ldconfig
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent footwork \
    && install --directory --owner=footwork /var/lib/footwork/help /var/backups/footwork
WORKDIR /srv/footwork
COPY --from=packages /opt/footwork /opt/footwork
COPY . .
RUN python -P clinic/po.py
# Collecting files reads the settings but none of these values, and none of them stays in the image.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    SITE_URL=https://build.example MAIL_FROM=build@build.example SMTP_URL=smtp://build.example \
    DATABASE_URL=postgresql://build@build.example/build REDIS_URL=redis://build.example \
    python manage.py collectstatic --noinput
USER footwork
EXPOSE 8000
