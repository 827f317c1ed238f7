-- +goose Up
-- Whether the carrier takes pictures from this number. It is believed to until it is known not to: then a picture is refused
-- before it is sent and not after.
alter table numbers add column mms boolean not null default true;

-- +goose Down
alter table numbers drop column mms;
