<?php
// wp_mail() of WordPress with the page's plugin, and as little of WordPress as it takes: no database, no site.
define('ABSPATH', '/usr/share/wordpress/');
define('WPINC', 'wp-includes');
foreach (['plugin', 'load', 'functions', 'formatting', 'class-wp-error', 'pluggable', 'l10n'] as $file) {
    require_once ABSPATH . WPINC . "/$file.php";
}
require '/var/tmp/wp-content/mu-plugins/postern.php';
add_filter('pre_option_blog_charset', fn () => 'UTF-8');
add_action('wp_mail_failed', function ($error) {
    echo $error->get_error_message();
});
// From is what the plugin says; a header keeps wp_mail from asking the database for the site's address.
$headers = ['From: WordPress <wordpress@' . explode('@', POSTERN_FROM)[1] . '>', 'Content-Type: text/plain; charset=UTF-8'];
exit(wp_mail(getenv('RECIPIENT'), 'Test', 'It works.', $headers) ? 0 : 1);
