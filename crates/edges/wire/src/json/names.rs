//! Spellings of field names, for masks: `rate_limits.max_burst_size` and `rateLimits.maxBurstSize`.

/// lowerCamelCase; dots stay.
pub(crate) fn camel(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut raise = false;
    for letter in path.chars() {
        if letter == '_' {
            raise = true;
        } else if raise {
            camel.push(letter.to_ascii_uppercase());
            raise = false;
        } else {
            camel.push(letter);
        }
    }
    camel
}

/// snake_case; dots stay, and so does what is in snake_case already.
pub(crate) fn snake(path: &str) -> String {
    let mut snake = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
