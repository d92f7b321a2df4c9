-- Amounts as people see them ("$5.00", "€2,50", "¥1,000", "CA$10.00"), exactly: from `priced` (is_paid, amount_text,
-- currency) to `amount_numbers`, with found_currency and written_amount beside. The last of a mixture of points and
-- commas, or a single one that has not three digits behind it, separates the decimals; currencies with three decimals
-- are the exception. Whatever is no such number is no amount.
amount_parts as (
    select
        *,
        regexp_replace(amount_text, '[\s\x{00A0}\x{2007}\x{2009}\x{200E}\x{200F}\x{202F}\x{061C}]+', '', 'g') as squeezed,
        regexp_extract(squeezed, '\d[\d.,''’]*\d|\d') as digits,
        replace(squeezed, digits, '') as symbol
    from priced
),
amount_currencies as (
    select
        a.*,
        -- A code that the archiver gives, a known sign, or a code as the sign. XXX is ISO 4217's "no currency".
        case
            when not is_paid then null
            when is_currency(a.currency) then a.currency
            when c.currency is not null then c.currency
            when is_currency(a.symbol) then a.symbol
            else 'XXX'
        end as found_currency
    from amount_parts as a
    left join
        (
            values
                ('$', 'USD'), ('US$', 'USD'), ('$US', 'USD'), ('$CA', 'CAD'), ('$AU', 'AUD'), ('$HK', 'HKD'), ('$NZ', 'NZD'),
                ('$MX', 'MXN'), ('£GB', 'GBP'), ('A$', 'AUD'), ('AU$', 'AUD'), ('CA$', 'CAD'), ('C$', 'CAD'),
                ('NZ$', 'NZD'), ('HK$', 'HKD'), ('NT$', 'TWD'), ('S$', 'SGD'), ('SG$', 'SGD'), ('MX$', 'MXN'),
                ('R$', 'BRL'), ('CL$', 'CLP'), ('CO$', 'COP'), ('AR$', 'ARS'), ('$U', 'UYU'), ('RD$', 'DOP'),
                ('€', 'EUR'), ('£', 'GBP'), ('¥', 'JPY'), ('￥', 'JPY'), ('JP¥', 'JPY'), ('円', 'JPY'), ('CN¥', 'CNY'),
                ('₩', 'KRW'), ('￦', 'KRW'), ('₹', 'INR'), ('₱', 'PHP'), ('₪', 'ILS'), ('₫', 'VND'), ('₺', 'TRY'),
                ('₽', 'RUB'), ('₴', 'UAH'), ('฿', 'THB'), ('₦', 'NGN'), ('₸', 'KZT'), ('₡', 'CRC'), ('₲', 'PYG'),
                ('zł', 'PLN'), ('Kč', 'CZK'), ('Ft', 'HUF'), ('RM', 'MYR'), ('Rp', 'IDR'), ('S/', 'PEN'), ('S/.', 'PEN'),
                ('lei', 'RON'), ('лв.', 'BGN'), ('Fr.', 'CHF'), ('KM', 'BAM'), ('Ksh', 'KES')
        ) as c(symbol, currency)
        on a.symbol = c.symbol
),
amount_numbers as (
    select
        *,
        case
            -- A sign would be a refund, two numbers a range.
            when regexp_matches(symbol, '\d|[-−–()]') then null
            when regexp_full_match(digits, '\d+') then digits
            when
                regexp_full_match(digits, '\d{1,3}([.,]\d{3})')
                and found_currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
                or regexp_full_match(digits, '0[.,]\d{1,6}')
                or regexp_full_match(digits, '\d+[.,](\d{1,2}|\d{4,6})')
            then replace(digits, ',', '.')
            when
                regexp_full_match(digits, '\d{1,3}(,\d{2,3})*,\d{3}') or regexp_full_match(digits, '\d{1,3}(\.\d{2,3})*\.\d{3}')
                or regexp_full_match(digits, '\d{1,3}([''’]\d{3})+')
            then regexp_replace(digits, '\D', '', 'g')
            when
                regexp_full_match(digits, '\d{1,3}([,''’]\d{2,3})*[,''’]\d{3}\.\d{1,6}')
                or regexp_full_match(digits, '\d{1,3}([.''’]\d{2,3})*[.''’]\d{3},\d{1,6}')
            then
                regexp_replace(left(digits, -1 - length(regexp_extract(digits, '\d+$'))), '\D', '', 'g')
                || '.'
                || regexp_extract(digits, '\d+$')
        end as written_amount
    from amount_currencies
),
